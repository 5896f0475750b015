/* .npy files byte by byte. (np.load() reads them in tests/parity.) */
#include "check.h"

#include "output/npy.h"

#include <stdint.h>

static void test_float32(void)
{
    float values[6] = {0, 1, -2.5f, 3, 4, 5};
    ptrun_tensor tensor = {.data = values, .dtype = PTRUN_DTYPE_F32, .rank = 4, .dims = {1, 3, 2, 1}};
    ptrun_buf out = {0};
    ptrun_error err = {0};
    CHECK(ptrun_npy_put(&out, &tensor, &err) == PTRUN_OK);
    CHECK(out.length == 128 + sizeof values);
    CHECK(memcmp(out.data, "\x93NUMPY\x01\x00\x76\x00", 10) == 0); /* 118 bytes of description */
    static const char text[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 2, 1), }";
    CHECK(memcmp(out.data + 10, text, sizeof text - 1) == 0);
    for (size_t i = 10 + sizeof text - 1; i < 127; i++) CHECK(out.data[i] == ' ');
    CHECK(out.data[127] == '\n');
    CHECK(memcmp(out.data + 128, values, sizeof values) == 0);
    ptrun_buf_release(&out);
}

static void test_uint8(void)
{
    uint8_t values[3] = {7, 0, 255};
    ptrun_tensor tensor = {.data = values, .dtype = PTRUN_DTYPE_U8, .rank = 1, .dims = {3}};
    ptrun_buf out = {0};
    ptrun_error err = {0};
    CHECK(ptrun_npy_put(&out, &tensor, &err) == PTRUN_OK);
    CHECK(out.length % 64 == 3);
    CHECK(strstr(out.data + 10, "'descr': '|u1', 'fortran_order': False, 'shape': (3,), }"));
    CHECK(memcmp(out.data + out.length - 3, values, 3) == 0);
    ptrun_buf_release(&out);
}

static void test_size(void)
{
    ptrun_tensor tensor = {.dtype = PTRUN_DTYPE_F32, .rank = 3, .dims = {INT64_MAX, INT64_MAX, 2}};
    ptrun_buf out = {0};
    ptrun_error err = {0};
    CHECK(ptrun_npy_put(&out, &tensor, &err) == PTRUN_OUT_OF_MEMORY);
    ptrun_buf_release(&out);
}

int main(void)
{
    test_float32();
    test_uint8();
    test_size();
    return CHECK_DONE();
}
