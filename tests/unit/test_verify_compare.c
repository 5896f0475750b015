/* Differences between what was recorded and what came out now; NumPy's arrays. */
#include "check.h"

#include "verify/compare.h"
#include "verify/npy.h"

#include <math.h>

static void test_floats(void)
{
    const float recorded[] = {4, -8, 0}, now[] = {4, -7, 0.5F};
    ptrun_difference d = ptrun_compare_floats(recorded, now, 3);
    CHECK(d.differing == 2 && d.largest == 1 && d.relative == 0.125);
    CHECK(fabs(d.cosine - 72 / sqrt(80 * 65.25)) < 1e-15);
    CHECK(!ptrun_difference_within(&d, 0.12) && ptrun_difference_within(&d, 0.125));
    CHECK(!ptrun_difference_within(&d, 0));
    d = ptrun_compare_floats(recorded, recorded, 3);
    CHECK(d.differing == 0 && d.largest == 0 && d.relative == 0 && d.cosine == 1);
    CHECK(ptrun_difference_within(&d, 0));
}

static void test_last_bit_and_sign_of_zero(void)
{
    const float recorded[] = {1, 0}, bit[] = {nextafterf(1, 2), 0}, sign[] = {1, -0.0F};
    ptrun_difference d = ptrun_compare_floats(recorded, bit, 2);
    CHECK(d.differing == 1 && !ptrun_difference_within(&d, 0) && ptrun_difference_within(&d, 1e-6));
    d = ptrun_compare_floats(recorded, sign, 2);
    CHECK(d.differing == 1 && d.largest == 0 && !ptrun_difference_within(&d, 0));
    CHECK(ptrun_difference_within(&d, 1e-30));
}

static void test_not_finite(void)
{
    const float recorded[] = {NAN, 2, INFINITY}, same[] = {-NAN, 2, INFINITY}, other[] = {1, 2, INFINITY};
    const float zero[] = {0, 0, 0}, finite[] = {1, 2, 3};
    ptrun_difference d = ptrun_compare_floats(recorded, same, 3);
    CHECK(d.differing == 0 && ptrun_difference_within(&d, 0) && ptrun_difference_within(&d, 0.1));
    d = ptrun_compare_floats(recorded, other, 3);
    CHECK(d.differing == 1 && isinf(d.largest) && !ptrun_difference_within(&d, 1));
    d = ptrun_compare_floats(finite, recorded, 3);
    CHECK(d.differing == 2 && !ptrun_difference_within(&d, 1));
    d = ptrun_compare_floats(zero, finite, 3);
    CHECK(d.differing == 3 && isinf(d.relative) && !ptrun_difference_within(&d, 1));
}

static void test_bytes(void)
{
    const uint8_t recorded[] = {0, 255, 7}, now[] = {0, 204, 8};
    ptrun_difference d = ptrun_compare_bytes(recorded, now, 3);
    CHECK(d.differing == 2 && d.largest == 51 && d.relative == 0.2);
}

/* A file of version 1 with this header and three bytes behind it. */
static bool parse(ptrun_npy *out, const char *header)
{
    static char file[256];
    size_t length = strlen(header);
    memcpy(file, "\x93NUMPY\1\0", 8);
    file[8] = (char)length, file[9] = 0;
    memcpy(file + 10, header, length);
    memcpy(file + 10 + length, "abc", 3);
    return ptrun_npy_parse(out, file, 10 + length + 3);
}

static void test_npy(void)
{
    ptrun_npy array;
    CHECK(parse(&array, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }   \n"));
    CHECK_TEXT(array.dtype, "|u1");
    CHECK(array.rank == 1 && array.dims[0] == 3 && array.size == 3 && array.elements[2] == 'c');
    CHECK(parse(&array, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 20, 300), }\n"));
    CHECK(array.rank == 3 && array.dims[1] == 20 && array.dims[2] == 300);
    CHECK(parse(&array, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n") && array.rank == 0);
    CHECK(!parse(&array, "{'descr': '<f4', 'fortran_order': True, 'shape': (3,), }\n"));
    CHECK(!parse(&array, "{'descr': '<f4', 'fortran_order': False, 'shape': (3"));
    CHECK(!parse(&array, "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)"));
    CHECK(!parse(&array, "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,)"));
    CHECK(!parse(&array, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,)"));
    CHECK(!parse(&array, "{'descr': '<a long name of a dtype"));
    CHECK(!parse(&array, ""));
    CHECK(!ptrun_npy_parse(&array, "\x93NUMPY\1\0\xFF\xFFxx", 12));
    CHECK(!ptrun_npy_parse(&array, "\x93NUM", 4));
}

int main(void)
{
    test_floats();
    test_last_bit_and_sign_of_zero();
    test_not_finite();
    test_bytes();
    test_npy();
    return CHECK_DONE();
}
