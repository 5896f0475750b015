#include "describe.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <vector>

namespace ptrun
{
namespace
{

using Clock = std::chrono::steady_clock;

struct Cost {
    int64_t count = 0, total = 0, self = 0; // nanoseconds
};

int64_t nanoseconds_since(Clock::time_point start)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
}

// Collects the operators that the calling thread runs while it lives.
class Recorder
{
  public:
    Recorder()
    {
        current_ = this;
        auto callback = at::RecordFunctionCallback(begin, end).scopes({at::RecordScope::FUNCTION});
        handle_ = at::addThreadLocalCallback(callback);
    }
    ~Recorder()
    {
        at::removeCallback(handle_);
        current_ = nullptr;
    }
    Recorder(const Recorder &) = delete;
    Recorder &operator=(const Recorder &) = delete;

    std::unordered_map<std::string, Cost> costs;

  private:
    struct Start : at::ObserverContext {
        Clock::time_point time = Clock::now();
    };

    static thread_local Recorder *current_; // LibTorch's callbacks carry no context of their own
    at::CallbackHandle handle_;
    std::vector<int64_t> inner_; // for each operator under way, the time of those that it called

    static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction &)
    {
        current_->inner_.push_back(0);
        return std::make_unique<Start>();
    }

    static void end(const at::RecordFunction &function, at::ObserverContext *context)
    {
        const int64_t took = nanoseconds_since(static_cast<Start *>(context)->time);
        Cost &cost = current_->costs[function.name()];
        cost.count++;
        cost.total += took;
        cost.self += took - current_->inner_.back();
        current_->inner_.pop_back();
        if (!current_->inner_.empty()) current_->inner_.back() += took;
    }
};

thread_local Recorder *Recorder::current_ = nullptr;

std::string to_json(int64_t forward, const std::unordered_map<std::string, Cost> &costs)
{
    std::vector<std::pair<std::string, Cost>> sorted(costs.begin(), costs.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto &a, const auto &b) { return a.second.self > b.second.self; });
    std::string json = "{\"forward_ns\":" + std::to_string(forward) + ",\"operators\":[";
    for (const auto &[name, cost] : sorted) {
        json += json.back() == '[' ? "{\"name\":\"" : ",{\"name\":\"";
        json += name + "\",\"count\":" + std::to_string(cost.count) +
                ",\"total_ns\":" + std::to_string(cost.total) + ",\"self_ns\":" + std::to_string(cost.self) +
                "}";
    }
    return json + "]}";
}

} // namespace

std::string model_profile(ptrun_engine_model &model, const ptrun_tensor &input)
{
    Recorder recorder;
    const Clock::time_point start = Clock::now();
    model_run(model, input);
    return to_json(nanoseconds_since(start), recorder.costs);
}

} // namespace ptrun
