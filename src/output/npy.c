#include "output/npy.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "floats are written as they lie in memory");

enum { ALIGNMENT = 64 };

static const char magic[] = "\x93NUMPY\x01\x00";

/* What np.load() evaluates: "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }". */
static void put_description(ptrun_buf *out, const ptrun_tensor *tensor)
{
    ptrun_buf_printf(out, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                     tensor->dtype == PTRUN_DTYPE_F32 ? "<f4" : "|u1");
    for (int32_t i = 0; i < tensor->rank; i++)
        ptrun_buf_printf(out, "%s%lld", i ? ", " : "", (long long)tensor->dims[i]);
    ptrun_buf_puts(out, tensor->rank == 1 ? ",), }" : "), }");
}

/* The description is padded with blanks and a newline, so that the data begins at a multiple of 64. */
static void put_header(ptrun_buf *out, const ptrun_tensor *tensor)
{
    ptrun_buf description = {0};
    put_description(&description, tensor);
    size_t before = sizeof magic - 1 + sizeof(uint16_t);
    while ((before + description.length + 1) % ALIGNMENT && !description.failed)
        ptrun_buf_putc(&description, ' ');
    ptrun_buf_putc(&description, '\n');
    uint16_t length = (uint16_t)description.length;
    ptrun_buf_put(out, magic, sizeof magic - 1);
    ptrun_buf_put(out, &length, sizeof length);
    ptrun_buf_put(out, ptrun_buf_text(&description), description.length);
    out->failed |= description.failed;
    ptrun_buf_release(&description);
}

ptrun_status ptrun_npy_put(ptrun_buf *out, const ptrun_tensor *tensor, ptrun_error *err)
{
    size_t bytes = tensor->dtype == PTRUN_DTYPE_F32 ? sizeof(float) : 1;
    for (int32_t i = 0; i < tensor->rank; i++)
        if (!ptrun_mem_mul(bytes, (size_t)tensor->dims[i], &bytes))
            return ptrun_fail_memory(err, "the array");
    put_header(out, tensor);
    ptrun_buf_put(out, tensor->data, bytes);
    return out->failed ? ptrun_fail_memory(err, "the array") : PTRUN_OK;
}
