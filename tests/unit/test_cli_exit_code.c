/* Every status has the exit code that the contract gives to its range. */
#include "check.h"

#include "cli/exit_code.h"

static int expected(int number)
{
    switch (number) {
    case 0: return 0;
    case 2: return 5;    /* out of memory */
    case 3: return 2;    /* usage */
    case 4: return 1;    /* stopped early by request */
    case 24: return 141; /* the reader went away */
    default: break;
    }
    static const int by_hundred[] = {70, 1, 5, 4, 4};
    return number >= 20 && number < 100 ? 3 : by_hundred[number / 100];
}

int main(void)
{
#define CHECK_STATUS(name, number, word) CHECK(ptrun_exit_code(PTRUN_##name) == expected(number));
    PTRUN_STATUS_LIST(CHECK_STATUS)
#undef CHECK_STATUS
    return CHECK_DONE();
}
