#include "cli/cli.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/num.h"
#include "cli/exit_code.h"
#include "cli/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_IN_A_PIPE = 80, COLUMNS_MIN = 40, COLUMNS_MAX = 110 };

static const ptrun_option general_rows[] = {
    {PTRUN_OPTION_COUNTER(ptrun_general, verbose), .name = "verbose", .letter = 'v',
     .help = "say more on standard error; twice: still more"},
    {PTRUN_OPTION_SWITCH(ptrun_general, quiet), .name = "quiet", .letter = 'q',
     .help = "no warnings, no summary, no message for each failed input"},
    {PTRUN_OPTION_SWITCH(ptrun_general, help), .name = "help", .letter = 'h', .ends = true,
     .help = "show this help"},
    {0},
};

const ptrun_option_group ptrun_general_groups[] = {{.title = "General", .rows = general_rows}, {0}};

static bool takes_color(bool is_terminal)
{
    const char *off = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return is_terminal && !(off && *off) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

static int find_columns(const ptrun_cli *cli)
{
    const char *given = getenv("COLUMNS");
    int64_t columns = COLUMNS_IN_A_PIPE;
    struct winsize size;
    if (cli->out_terminal && ioctl(cli->out, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    if (given) (void)ptrun_num_parse_int(given, 1, 10000, &columns);
    return columns < COLUMNS_MIN ? COLUMNS_MIN : columns > COLUMNS_MAX ? COLUMNS_MAX : (int)columns;
}

void ptrun_cli_open(ptrun_cli *cli)
{
    *cli = (ptrun_cli){.out = STDOUT_FILENO, .err = STDERR_FILENO};
    cli->out_terminal = isatty(cli->out);
    cli->err_terminal = isatty(cli->err);
    cli->out_color = takes_color(cli->out_terminal);
    cli->err_color = takes_color(cli->err_terminal);
    cli->columns = find_columns(cli);
}

int ptrun_cli_print(const ptrun_cli *cli, ptrun_buf *text)
{
    ptrun_error err = {0};
    ptrun_status status = text->failed
                              ? ptrun_fail_memory(&err, "the text")
                              : ptrun_fs_write_all(cli->out, ptrun_buf_text(text), text->length, &err);
    ptrun_buf_release(text);
    return status == PTRUN_OK ? PTRUN_EXIT_OK : ptrun_message_failure(cli, "standard output", &err);
}

int ptrun_cli_close(const ptrun_cli *cli, int code)
{
    if (close(cli->out) == 0) return code;
    ptrun_error err = {0};
    (void)ptrun_fail(&err, PTRUN_OUTPUT_FAILED, "%s", strerrordesc_np(errno));
    int failure = ptrun_message_failure(cli, "standard output", &err);
    return code == PTRUN_EXIT_OK ? failure : code;
}
