// The one place where exceptions end.
#ifndef PTRUN_TORCHSCRIPT_GUARD_H
#define PTRUN_TORCHSCRIPT_GUARD_H

#include "failure.h"

#include <c10/util/Exception.h>

#include <cstdio>
#include <exception>
#include <new>

namespace ptrun
{

// Fill the host's error, cut on a character boundary. Never throws.
inline ptrun_status report(ptrun_error *err, ptrun_status status, const char *detail) noexcept
{
    err->status = status;
    int length = std::snprintf(err->detail, sizeof err->detail, "%s", detail);
    size_t end = length < 0 ? 0 : static_cast<size_t>(length);
    if (end >= sizeof err->detail) {
        end = sizeof err->detail - 1;
        while (end > 0 && (static_cast<unsigned char>(detail[end]) & 0xC0) == 0x80) end--;
    }
    err->detail[end] = '\0';
    for (char *c = err->detail; *c; c++)
        if (*c == '\n' || *c == '\r' || *c == '\t') *c = ' ';
    return status;
}

inline ptrun_status report_text(ptrun_error *err, Stage stage, const char *text) noexcept
try {
    Failure failure = diagnose(stage, text);
    return report(err, failure.status, failure.detail.c_str());
} catch (...) {
    return report(err, PTRUN_OUT_OF_MEMORY, "no memory to say what went wrong");
}

// LibTorch's warnings go nowhere: what a user can act on comes back as an error or in model_info.
class Quiet : public c10::WarningHandler
{
  public:
    void process(const c10::Warning &) override {}
};

// Run `body`, which returns nothing and throws on failure; turn what it throws into status and detail.
template <typename Body> ptrun_status guarded(ptrun_error *err, Stage stage, Body &&body) noexcept
try {
    Quiet quiet;
    c10::WarningUtils::WarningHandlerGuard silence(&quiet);
    body();
    return PTRUN_OK;
} catch (const Failure &failure) {
    return report(err, failure.status, failure.detail.c_str());
} catch (const c10::Error &error) {
    return report_text(err, stage, error.what_without_backtrace());
} catch (const std::bad_alloc &) {
    return report(err, PTRUN_OUT_OF_MEMORY, "");
} catch (const std::exception &error) {
    return report_text(err, stage, error.what());
} catch (...) {
    return report(err, PTRUN_ENGINE_FAILED, "an exception of an unknown kind");
}

} // namespace ptrun

#endif
