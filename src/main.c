/* Finds the command, runs it, sees that standard output took everything. */
#include "base/crash.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/message.h"
#include "cli/version.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* What `ptrun` itself takes in place of a command. */
typedef struct {
    bool help, version;
} config;

static const ptrun_option rows[] = {
    {PTRUN_OPTION_SWITCH(config, help), .name = "help", .letter = 'h', .help = "show the commands"},
    {PTRUN_OPTION_SWITCH(config, version), .name = "version", .letter = 'V',
     .help = "show the version of ptrun and of the libraries that it uses"},
    {0},
};

static const ptrun_option_group groups[] = {{.title = "Options", .rows = rows}, {0}};

/* Where a standard descriptor is closed, the next file opened would take its place and receive messages.
 * Each is filled with one that fails when it is used; the lowest free number is always the one in hand. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0) (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static int print_overview(const ptrun_cli *cli)
{
    ptrun_buf text = {0};
    ptrun_help_overview(&text, cli->columns, cli->out_color);
    return ptrun_cli_print(cli, &text);
}

static int print_version(const ptrun_cli *cli)
{
    ptrun_buf text = {0};
    ptrun_version_text(&text, "");
    return ptrun_cli_print(cli, &text);
}

/* `ptrun` alone: the overview is what was wanted, but not what a script expects. */
static int refuse_nothing(const ptrun_cli *cli)
{
    ptrun_cli messages = *cli;
    messages.out = cli->err;
    messages.out_color = cli->err_color;
    (void)print_overview(&messages);
    return PTRUN_EXIT_USAGE;
}

static int run_option(const ptrun_cli *cli, char **argv)
{
    config c = {0};
    const ptrun_option_scope scope = {.groups = groups, .config = &c};
    ptrun_error err = {0};
    int n_operands;
    if (ptrun_options_parse(&scope, 2, argv, &n_operands, &err) != PTRUN_OK)
        return ptrun_message_usage(cli, NULL, "%s", err.detail);
    if (c.help) return print_overview(cli);
    if (c.version) return print_version(cli);
    return ptrun_message_usage(cli, NULL, "%s: a command is missing", argv[1]);
}

static int run(ptrun_cli *cli, int argc, char **argv)
{
    if (argc < 2) return refuse_nothing(cli);
    if (argv[1][0] == '-') return run_option(cli, argv);
    const ptrun_command *command = ptrun_command_find(argv[1]);
    if (!command) return ptrun_message_no_command(cli, argv[1]);
    return command->run(cli, argc - 1, argv + 1);
}

/* Everything is written and closed: the exit handlers of LibTorch would only give back, for some 60 ms, what
 * the kernel takes back anyway. Sanitizers look for leaks in theirs. */
static int end_process(int code)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    _exit(code);
#endif
    return code;
}

int main(int argc, char **argv)
{
    fill_standard_descriptors();
    ptrun_crash_install(PTRUN_EXIT_INTERNAL, argv);
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of write(), told as 141 */
    ptrun_cli cli;
    ptrun_cli_open(&cli);
    return end_process(ptrun_cli_close(&cli, run(&cli, argc, argv)));
}
