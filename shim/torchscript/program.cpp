#include "program.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/scope.h>

#include <algorithm>
#include <cstdio>

namespace ptrun
{
namespace
{

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Value;
namespace prim = c10::prim;

// "layer1.0" for self.layer1.0; false where the object is not a part of self.
bool path_of(const Value *object, const Value *self, std::string &path)
{
    path.clear();
    for (; object != self; object = object->node()->input()) {
        if (object->node()->kind() != prim::GetAttr) return false;
        path.insert(0, object->node()->s(c10::attr::name) + (path.empty() ? "" : "."));
    }
    return true;
}

class Inliner
{
  public:
    explicit Inliner(Program &program) : program_(program)
    {
        paths_.emplace_back();
        scopes_.push_back(c10::make_intrusive<torch::jit::Scope>());
        walk(program.graph->block(), 0);
    }

  private:
    Program &program_;
    std::vector<std::string> paths_; // of each call's object, from the model on
    std::vector<torch::jit::ScopePtr> scopes_;

    void walk(Block *block, size_t call)
    {
        walk(block->param_node()->next(), block->return_node(), call);
    }

    // Nodes from `first` to before `end`.
    void walk(Node *first, const Node *end, size_t call)
    {
        for (Node *node = first, *next; node != end; node = next) {
            next = node->next();
            Node *before = node->prev();
            size_t inner = call;
            if (enter(node, inner)) {
                walk(before->next(), next, inner);
                continue;
            }
            node->setScope(scopes_[call]);
            for (Block *block : node->blocks()) walk(block, call);
        }
    }

    // Put the callee's nodes in the place of a call; `call` is then theirs.
    bool enter(Node *node, size_t &call)
    {
        torch::jit::Function *callee = nullptr;
        if (node->kind() == prim::CallMethod) {
            if (const auto type = node->input(0)->type()->cast<c10::ClassType>())
                callee = type->findMethod(node->s(c10::attr::name));
        } else if (node->kind() == prim::CallFunction) {
            if (const auto type = node->input(0)->type()->cast<c10::FunctionType>()) callee = type->function();
        }
        torch::jit::GraphFunction *function = callee ? torch::jit::tryToGraphFunction(*callee) : nullptr;
        if (!function) return false;
        if (node->kind() == prim::CallMethod) call = add_call(*node, call);
        else node->removeInput(0);
        torch::jit::inlineCallTo(node, function, function->graph().get());
        return true;
    }

    // A part's method called by another method of the same object is no call of its own.
    size_t add_call(const Node &node, size_t caller)
    {
        const Value *object = node.input(0);
        std::string path, name;
        if (!path_of(object, program_.graph->inputs().at(0), path)) path = paths_[caller] + ".?";
        if (path == paths_[caller]) return caller;
        const std::string &prefix = paths_[caller];
        const bool inside = prefix.empty() || path.compare(0, prefix.size() + 1, prefix + ".") == 0;
        name = inside && !prefix.empty() ? path.substr(prefix.size() + 1) : path;
        const size_t call = program_.calls.size();
        program_.calls.push_back({caller, name, object->type()->expectRef<c10::ClassType>().name()->name()});
        paths_.push_back(path);
        scopes_.push_back(scopes_[0]->push(c10::Symbol::scope(path)));
        program_.numbers[scopes_.back().get()] = call;
        return call;
    }
};

} // namespace

Program program_inline(const torch::jit::Module &module)
{
    Program program;
    const auto forward = module.get_method("forward");
    program.graph = forward.graph()->copy();
    const auto name = module.type()->name();
    program.calls.push_back({0, "", name ? name->name() : ""});
    const auto &arguments = forward.function().getSchema().arguments();
    for (size_t i = 2; i < arguments.size(); i++) program.defaults.push_back(*arguments[i].default_value());
    const Inliner inliner(program);
    return program;
}

size_t program_call_of(const Program &program, Node &node)
{
    const auto found = program.numbers.find(node.scope().get());
    return found == program.numbers.end() ? 0 : found->second;
}

std::string json_text(std::string_view text)
{
    std::string json = "\"";
    for (const char c : text) {
        char escaped[8];
        if (static_cast<unsigned char>(c) < ' ') {
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
            json += escaped;
        } else {
            if (c == '"' || c == '\\') json += '\\';
            json += c;
        }
    }
    return json + "\"";
}

} // namespace ptrun
