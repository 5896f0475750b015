#include "cli/commands.h"

#include "base/error.h"
#include "base/str.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/message.h"

#include <stddef.h>

const ptrun_command *const ptrun_commands[] = {
    &ptrun_command_classify,
    &ptrun_command_preprocess,
    &ptrun_command_inspect,
    &ptrun_command_verify,
    &ptrun_command_eval,
    &ptrun_command_bench,
    &ptrun_command_compare,
    &ptrun_command_engines,
    &ptrun_command_help,
    NULL,
};

const ptrun_command *ptrun_command_find(const char *name)
{
    for (size_t i = 0; ptrun_commands[i]; i++)
        if (ptrun_str_equal(ptrun_commands[i]->name, name)) return ptrun_commands[i];
    return NULL;
}

const ptrun_command *ptrun_command_nearest(const char *name)
{
    const ptrun_command *nearest = NULL;
    int least = 3;
    for (size_t i = 0; ptrun_commands[i]; i++) {
        int distance = ptrun_str_distance(name, ptrun_commands[i]->name);
        if (distance >= least) continue;
        nearest = ptrun_commands[i];
        least = distance;
    }
    return nearest;
}

bool ptrun_command_begin(ptrun_cli *cli, const ptrun_command *command, void *config, int argc, char **argv,
                         int *n_operands, int *code)
{
    const ptrun_option_scope general = {.groups = ptrun_general_groups, .config = &cli->general};
    const ptrun_option_scope scope = {.groups = command->groups, .config = config, .next = &general};
    ptrun_error err = {0};
    ptrun_status status = ptrun_options_parse(&scope, argc, argv, n_operands, &err);
    if (status == PTRUN_USAGE) *code = ptrun_message_usage(cli, command->name, "%s", err.detail);
    else if (status != PTRUN_OK) *code = ptrun_message_failure(cli, NULL, &err);
    else if (cli->general.help) *code = ptrun_help_print_command(cli, command);
    else return true;
    return false;
}
