#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/message.h"

typedef struct {
    bool man, markdown;
    const char *completion;
} config;

static const ptrun_option rows[] = {
    {PTRUN_OPTION_SWITCH(config, man), .name = "man", .help = "the manual page, for man"},
    {PTRUN_OPTION_SWITCH(config, markdown), .name = "markdown",
     .help = "all commands as Markdown; with COMMAND, its tables of options"},
    {PTRUN_OPTION_CHOICE(config, completion), .name = "completion", .value = "SHELL",
     .choice = ptrun_help_shell_name, .help = "the completion script of a shell"},
    {0},
};

static const ptrun_option_group groups[] = {{.title = "Other forms", .rows = rows}, {0}};

static const ptrun_example examples[] = {
    {"ptrun help preprocess", "what a command takes, with examples"},
    {"ptrun help --man > ptrun.1", "the manual page, to be read with 'man ./ptrun.1'"},
    {"ptrun help --completion bash > ptrun.bash", "completion in bash, for 'source ptrun.bash'"},
    {0},
};

static int run(ptrun_cli *cli, int argc, char **argv)
{
    config c = {0};
    int n_operands, code;
    if (!ptrun_command_begin(cli, &ptrun_command_help, &c, argc, argv, &n_operands, &code)) return code;
    if (n_operands > 1) return ptrun_message_usage(cli, "help", "%s: one command at a time", argv[2]);
    if (c.man + c.markdown + !!c.completion > 1)
        return ptrun_message_usage(cli, "help", "--man, --markdown, --completion: one at a time");
    const ptrun_command *command = NULL;
    if (n_operands == 1 && !(command = ptrun_command_find(argv[1])))
        return ptrun_message_no_command(cli, argv[1]);
    ptrun_buf text = {0};
    if (c.man) ptrun_help_man(&text);
    else if (c.markdown && command) ptrun_help_markdown_options(&text, command);
    else if (c.markdown) ptrun_help_markdown(&text);
    else if (c.completion) ptrun_help_completion(&text, c.completion);
    else if (command) ptrun_help_command(&text, command, cli->columns, cli->out_color);
    else ptrun_help_overview(&text, cli->columns, cli->out_color);
    return ptrun_cli_print(cli, &text);
}

const ptrun_command ptrun_command_help = {
    .name = "help",
    .summary = "what ptrun and its commands can do",
    .usage = "[COMMAND]\n--man | --markdown | --completion SHELL",
    .description =
        "Shows what ptrun is, or everything about one command. All of it is made from the tables that the "
        "options are parsed with.",
    .groups = groups,
    .examples = examples,
    .run = run,
};
