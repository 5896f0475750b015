// What goes wrong inside the shim: an exception with the status that the host gets, and LibTorch's own
// texts turned into one.
#ifndef PTRUN_TORCHSCRIPT_FAILURE_H
#define PTRUN_TORCHSCRIPT_FAILURE_H

#include "ptrun/status.h"

#include <string>
#include <string_view>

namespace ptrun
{

struct Failure {
    ptrun_status status;
    std::string detail;
};

// What the shim was doing when LibTorch threw; decides what its texts mean.
enum class Stage { Loading, Running, Other };

// The one line of an exception's text that says what happened: without TorchScript's source listing,
// without where in LibTorch's sources it was thrown.
std::string useful_line(std::string_view text);

// Status and detail for the text of an exception of LibTorch.
Failure diagnose(Stage stage, std::string_view text);

} // namespace ptrun

#endif
