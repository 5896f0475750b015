#include "cli/help.h"

#include "base/str.h"

/* Calls `put` for every shown option of a command, the general ones last. */
static void each_option(ptrun_buf *out, const ptrun_command *command,
                        void (*put)(ptrun_buf *out, const ptrun_command *command, const ptrun_option *row))
{
    const ptrun_option_group *lists[] = {command->groups, ptrun_general_groups};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (const ptrun_option_group *group = lists[i]; group->title; group++)
            for (const ptrun_option *row = group->rows; row->name; row++)
                if (!row->hidden) put(out, command, row);
}

static void put_choices(ptrun_buf *out, const ptrun_option *row)
{
    for (size_t i = 0; row->choice && row->choice(i); i++)
        ptrun_buf_printf(out, "%s%s", i ? " " : "", row->choice(i));
}

/* Whether a value can be the name of a file. */
static bool takes_file(const ptrun_option *row)
{
    return (row->kind == PTRUN_KIND_TEXT || row->kind == PTRUN_KIND_TEXTS) && !row->accepts;
}

/* What stands between single quotes: a quote is written as `quote`, the characters of `special` behind a
 * backslash. */
static void put_quoted(ptrun_buf *out, const char *text, const char *quote, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'') {
            ptrun_buf_puts(out, quote);
            continue;
        }
        for (const char *each = special; *each; each++)
            if (*text == *each) ptrun_buf_putc(out, '\\');
        ptrun_buf_putc(out, *text);
    }
}

static void put_bash_name(ptrun_buf *out, const ptrun_command *command, const ptrun_option *row)
{
    (void)command;
    ptrun_buf_printf(out, " --%s", row->name);
}

/* What may follow an option that takes a value. */
static void put_bash_value(ptrun_buf *out, const ptrun_command *command, const ptrun_option *row)
{
    (void)command;
    if (!ptrun_option_takes_value(row) || takes_file(row)) return;
    ptrun_buf_puts(out, "        ");
    if (row->letter) ptrun_buf_printf(out, "-%c|", row->letter);
    ptrun_buf_printf(out, "--%s) words='", row->name);
    put_choices(out, row);
    ptrun_buf_puts(out, "'; compopt +o default ;;\n");
}

static void put_bash_files(ptrun_buf *out, const ptrun_command *command, const ptrun_option *row)
{
    (void)command;
    if (!takes_file(row)) return;
    if (row->letter) ptrun_buf_printf(out, "|-%c", row->letter);
    ptrun_buf_printf(out, "|--%s", row->name);
}

static void put_bash_command(ptrun_buf *out, const ptrun_command *command)
{
    ptrun_buf files = {0}; /* "|-o|--output" */
    each_option(&files, command, put_bash_files);
    ptrun_buf_printf(out, "    %s)\n        [[ $word == -* ]] && words='", command->name);
    each_option(out, command, put_bash_name);
    ptrun_buf_puts(out, "'\n        case $previous in\n");
    each_option(out, command, put_bash_value);
    if (files.length) ptrun_buf_printf(out, "        %s) words= ;;\n", files.data + 1);
    ptrun_buf_puts(out, "        esac ;;\n");
    out->failed |= files.failed;
    ptrun_buf_release(&files);
}

static void put_command_names(ptrun_buf *out)
{
    for (size_t i = 0; ptrun_commands[i]; i++) ptrun_buf_printf(out, "%s ", ptrun_commands[i]->name);
}

static void put_bash(ptrun_buf *out)
{
    ptrun_buf_puts(out,
                   "# Completion of ptrun for bash, made by 'ptrun help --completion bash'.\n"
                   "_ptrun() {\n"
                   "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=\n"
                   "    if ((COMP_CWORD == 1)); then\n        words='");
    put_command_names(out);
    ptrun_buf_puts(out, "--help --version'\n    else case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; ptrun_commands[i]; i++) put_bash_command(out, ptrun_commands[i]);
    ptrun_buf_puts(out, "    esac; fi\n"
                        "    [[ ${COMP_WORDS[1]} == help && $previous == help ]] && words='");
    put_command_names(out);
    ptrun_buf_puts(out, "'\n    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                        "}\ncomplete -o default -F _ptrun ptrun\n");
}

static void put_zsh_option(ptrun_buf *out, const ptrun_command *command, const ptrun_option *row)
{
    (void)command;
    bool repeats = row->kind == PTRUN_KIND_COUNTER || row->kind == PTRUN_KIND_TEXTS;
    ptrun_buf_puts(out, " \\\n            ");
    if (row->letter && !repeats) ptrun_buf_printf(out, "'(-%c --%s)'", row->letter, row->name);
    if (repeats) ptrun_buf_puts(out, "'*'");
    bool value = ptrun_option_takes_value(row);
    if (row->letter)
        ptrun_buf_printf(out, "{-%c%s,--%s%s}", row->letter, value ? "+" : "", row->name, value ? "=" : "");
    else ptrun_buf_printf(out, "--%s%s", row->name, value ? "=" : "");
    ptrun_buf_puts(out, "'[");
    put_quoted(out, row->help, "'\\''", "\\[]:");
    ptrun_buf_putc(out, ']');
    if (value) {
        ptrun_buf_putc(out, ':');
        put_quoted(out, row->value, "'\\''", "\\:");
        ptrun_buf_putc(out, ':');
        if (row->kind == PTRUN_KIND_CHOICE) {
            ptrun_buf_putc(out, '(');
            put_choices(out, row);
            ptrun_buf_putc(out, ')');
        }
        if (takes_file(row)) ptrun_buf_puts(out, "_files");
    }
    ptrun_buf_putc(out, '\'');
}

static void put_zsh(ptrun_buf *out)
{
    ptrun_buf_puts(out,
                   "#compdef ptrun\n# Completion of ptrun for zsh, made by 'ptrun help --completion zsh'.\n"
                   "_ptrun() {\n    local -a commands=(\n");
    for (size_t i = 0; ptrun_commands[i]; i++) {
        ptrun_buf_printf(out, "        '%s:", ptrun_commands[i]->name);
        put_quoted(out, ptrun_commands[i]->summary, "'\\''", "\\:");
        ptrun_buf_puts(out, "'\n");
    }
    ptrun_buf_puts(
        out,
        "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
        "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command in\n");
    for (size_t i = 0; ptrun_commands[i]; i++) {
        bool help = ptrun_commands[i] == &ptrun_command_help;
        ptrun_buf_printf(out, "        %s) _arguments -s", ptrun_commands[i]->name);
        each_option(out, ptrun_commands[i], put_zsh_option);
        ptrun_buf_puts(out, help ? " \\\n            '1:command:{_describe command commands}' ;;\n"
                                 : " \\\n            '*:file:_files' ;;\n");
    }
    ptrun_buf_puts(out, "    esac\n}\n_ptrun \"$@\"\n");
}

static void put_fish_option(ptrun_buf *out, const ptrun_command *command, const ptrun_option *row)
{
    ptrun_buf_printf(out, "complete -c ptrun -n '__fish_seen_subcommand_from %s' -l %s", command->name,
                     row->name);
    if (row->letter) ptrun_buf_printf(out, " -s %c", row->letter);
    if (ptrun_option_takes_value(row)) ptrun_buf_puts(out, takes_file(row) ? " -r -F" : " -x");
    if (row->kind == PTRUN_KIND_CHOICE) {
        ptrun_buf_puts(out, " -a '");
        put_choices(out, row);
        ptrun_buf_putc(out, '\'');
    }
    ptrun_buf_puts(out, " -d '");
    put_quoted(out, row->help, "\\'", "\\");
    ptrun_buf_puts(out, "'\n");
}

static void put_fish(ptrun_buf *out)
{
    ptrun_buf_puts(out, "# Completion of ptrun for fish, made by 'ptrun help --completion fish'.\n");
    for (size_t i = 0; ptrun_commands[i]; i++) {
        ptrun_buf_printf(out, "complete -c ptrun -n __fish_use_subcommand -f -a %s -d '",
                         ptrun_commands[i]->name);
        put_quoted(out, ptrun_commands[i]->summary, "\\'", "\\");
        ptrun_buf_puts(out, "'\n");
    }
    ptrun_buf_puts(out, "complete -c ptrun -n '__fish_seen_subcommand_from help' -f -a '");
    put_command_names(out);
    ptrun_buf_puts(out, "'\n");
    for (size_t i = 0; ptrun_commands[i]; i++) each_option(out, ptrun_commands[i], put_fish_option);
}

static const struct {
    const char *name;
    void (*put)(ptrun_buf *out);
} shells[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};

const char *ptrun_help_shell_name(size_t index)
{
    return index < sizeof shells / sizeof *shells ? shells[index].name : NULL;
}

void ptrun_help_completion(ptrun_buf *out, const char *shell)
{
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (ptrun_str_equal(shells[i].name, shell)) shells[i].put(out);
}
