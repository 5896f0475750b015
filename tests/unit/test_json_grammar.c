/* What is JSON and what is not: cases of JSONTestSuite (github.com/nst/JSONTestSuite), by their names there,
 * and where the message points. */
#include "base/error.h"
#include "check.h"
#include "json/json.h"

#include <stdlib.h>

typedef struct {
    const char *name, *text;
    size_t length; /* 0: strlen */
} json_case;

#define BYTES(name, text)                                                                                    \
    {                                                                                                        \
        name, text, sizeof(text) - 1                                                                         \
    }

/* clang-format off */
static const json_case valid[] = {
    BYTES("y_array_arraysWithSpaces", "[[]   ]"),
    BYTES("y_array_empty-string", "[\"\"]"),
    BYTES("y_array_empty", "[]"),
    BYTES("y_array_ending_with_newline", "[\"a\"]\n"),
    BYTES("y_array_false", "[false]"),
    BYTES("y_array_heterogeneous", "[null, 1, \"1\", {}]"),
    BYTES("y_array_null", "[null]"),
    BYTES("y_array_with_1_and_newline", "[1\n]"),
    BYTES("y_array_with_leading_space", " [1]"),
    BYTES("y_array_with_several_null", "[1,null,null,null,2]"),
    BYTES("y_array_with_trailing_space", "[2] "),
    BYTES("y_number", "[123e65]"),
    BYTES("y_number_0e+1", "[0e+1]"),
    BYTES("y_number_0e1", "[0e1]"),
    BYTES("y_number_after_space", "[ 4]"),
    BYTES("y_number_double_close_to_zero",
          "[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]"),
    BYTES("y_number_int_with_exp", "[20e1]"),
    BYTES("y_number_minus_zero", "[-0]"),
    BYTES("y_number_negative_int", "[-123]"),
    BYTES("y_number_negative_one", "[-1]"),
    BYTES("y_number_real_capital_e", "[1E22]"),
    BYTES("y_number_real_capital_e_neg_exp", "[1E-2]"),
    BYTES("y_number_real_capital_e_pos_exp", "[1E+2]"),
    BYTES("y_number_real_exponent", "[123.456e78]"),
    BYTES("y_number_real_fraction_exponent", "[123.456e78]"),
    BYTES("y_number_real_neg_exp", "[1e-2]"),
    BYTES("y_number_real_pos_exponent", "[1e+2]"),
    BYTES("y_number_simple_int", "[123]"),
    BYTES("y_number_simple_real", "[123.456789]"),
    BYTES("y_object", "{\"asd\":\"sdf\", \"dfg\":\"fgh\"}"),
    BYTES("y_object_basic", "{\"asd\":\"sdf\"}"),
    BYTES("y_object_empty", "{}"),
    BYTES("y_object_empty_key", "{\"\":0}"),
    BYTES("y_object_extreme_numbers", "{ \"min\": -1.0e+28, \"max\": 1.0e+28 }"),
    BYTES("y_object_long_strings",
          "{\"x\":[{\"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}], \"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}"),
    BYTES("y_object_simple", "{\"a\":[]}"),
    BYTES("y_object_string_unicode",
          "{\"title\":\"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430 \\u0417\\u0435\\u043c\\u043b\\u0435\\u043a\\u043e\\u043f\\u0430\" }"),
    BYTES("y_object_with_newlines", "{\n\"a\": \"b\"\n}"),
    BYTES("y_string_1_2_3_bytes_UTF-8_sequences", "[\"\\u0060\\u012a\\u12AB\"]"),
    BYTES("y_string_accepted_surrogate_pair", "[\"\\uD801\\udc37\"]"),
    BYTES("y_string_accepted_surrogate_pairs", "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]"),
    BYTES("y_string_allowed_escapes", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"),
    BYTES("y_string_backslash_and_u_escaped_zero", "[\"\\\\u0000\"]"),
    BYTES("y_string_backslash_doublequotes", "[\"\\\"\"]"),
    BYTES("y_string_comments", "[\"a/*b*/c/*d//e\"]"),
    BYTES("y_string_double_escape_a", "[\"\\\\a\"]"),
    BYTES("y_string_double_escape_n", "[\"\\\\n\"]"),
    BYTES("y_string_escaped_control_character", "[\"\\u0012\"]"),
    BYTES("y_string_escaped_noncharacter", "[\"\\uFFFF\"]"),
    BYTES("y_string_in_array", "[\"asd\"]"),
    BYTES("y_string_in_array_with_leading_space", "[ \"asd\"]"),
    BYTES("y_string_last_surrogates_1_and_2", "[\"\\uDBFF\\uDFFF\"]"),
    BYTES("y_string_nbsp_uescaped", "[\"new\\u00A0line\"]"),
    BYTES("y_string_nonCharacterInUTF-8_U+10FFFF", "[\"\xf4\x8f\xbf\xbf\"]"),
    BYTES("y_string_nonCharacterInUTF-8_U+FFFF", "[\"\xef\xbf\xbf\"]"),
    BYTES("y_string_one-byte-utf-8", "[\"\\u002c\"]"),
    BYTES("y_string_pi", "[\"\xcf\x80\"]"),
    BYTES("y_string_reservedCharacterInUTF-8_U+1BFFF", "[\"\xf0\x9b\xbf\xbf\"]"),
    BYTES("y_string_simple_ascii", "[\"asd \"]"),
    BYTES("y_string_space", "\" \""),
    BYTES("y_string_surrogates_U+1D11E_MUSICAL_SYMBOL_G_CLEF", "[\"\\uD834\\uDd1e\"]"),
    BYTES("y_string_three-byte-utf-8", "[\"\\u0821\"]"),
    BYTES("y_string_two-byte-utf-8", "[\"\\u0123\"]"),
    BYTES("y_string_u+2028_line_sep", "[\"\xe2\x80\xa8\"]"),
    BYTES("y_string_u+2029_par_sep", "[\"\xe2\x80\xa9\"]"),
    BYTES("y_string_uEscape", "[\"\\u0061\\u30af\\u30EA\\u30b9\"]"),
    BYTES("y_string_uescaped_newline", "[\"new\\u000Aline\"]"),
    BYTES("y_string_unescaped_char_delete", "[\"\x7f\"]"),
    BYTES("y_string_unicode", "[\"\\uA66D\"]"),
    BYTES("y_string_unicodeEscapedBackslash", "[\"\\u005C\"]"),
    BYTES("y_string_unicode_2", "[\"\xe2\x8d\x82\xe3\x88\xb4\xe2\x8d\x82\"]"),
    BYTES("y_string_unicode_U+10FFFE_nonchar", "[\"\\uDBFF\\uDFFE\"]"),
    BYTES("y_string_unicode_U+FDD0_nonchar", "[\"\\uFDD0\"]"),
    BYTES("y_string_unicode_escaped_double_quote", "[\"\\u0022\"]"),
    BYTES("y_string_utf8", "[\"\xe2\x82\xac\xf0\x9d\x84\x9e\"]"),
    BYTES("y_string_with_del_character", "[\"a\x7f" "a\"]"),
    BYTES("y_structure_lonely_false", "false"),
    BYTES("y_structure_lonely_int", "42"),
    BYTES("y_structure_lonely_negative_real", "-0.1"),
    BYTES("y_structure_lonely_null", "null"),
    BYTES("y_structure_lonely_string", "\"asd\""),
    BYTES("y_structure_lonely_true", "true"),
    BYTES("y_structure_string_empty", "\"\""),
    BYTES("y_structure_trailing_newline", "[\"a\"]\n"),
    BYTES("y_structure_true_in_array", "[true]"),
    BYTES("y_structure_whitespace_array", " [] "),
    BYTES("i_structure_UTF-8_BOM_empty_object", "\xef\xbb\xbf{}"),
    BYTES("i_number_huge_exp", "[0.4e00669999999999999999999999999999999999999999999999999999999999999999999999999969999999006]"),
    BYTES("i_number_too_big_pos_int", "[100000000000000000000]"),
};

/* Valid by the RFC, refused here because they could mean two things. */
static const json_case ambiguous[] = {
    BYTES("y_object_duplicated_key", "{\"a\":\"b\",\"a\":\"c\"}"),
    BYTES("y_object_duplicated_key_and_value", "{\"a\":\"b\",\"a\":\"b\"}"),
    BYTES("y_object_escaped_null_in_key", "{\"foo\\u0000bar\": 42}"),
    BYTES("y_string_null_escape", "[\"\\u0000\"]"),
    BYTES("i_object_key_lone_2nd_surrogate", "{\"\\uDFAA\":0}"),
    BYTES("i_string_1st_surrogate_but_2nd_missing", "[\"\\uDADA\"]"),
    BYTES("i_string_1st_valid_surrogate_2nd_invalid", "[\"\\uD888\\u1234\"]"),
    BYTES("i_string_UTF-16LE_with_BOM", "\xff\xfe[\0\"\0\xe9\0\"\0]\0"),
    BYTES("i_string_UTF-8_invalid_sequence", "[\"\xe6\x97\xa5\xd1\x88\xfa\"]"),
    BYTES("i_string_UTF8_surrogate_U+D800", "[\"\xed\xa0\x80\"]"),
    BYTES("i_string_incomplete_surrogate_and_escape_valid", "[\"\\uD800\\n\"]"),
    BYTES("i_string_iso_latin_1", "[\"\xe9\"]"),
    BYTES("i_string_overlong_sequence_2_bytes", "[\"\xc0\xaf\"]"),
    BYTES("i_string_overlong_sequence_6_bytes", "[\"\xfc\x83\xbf\xbf\xbf\xbf\"]"),
    BYTES("i_string_truncated-utf-8", "[\"\xe0\xff\"]"),
    BYTES("i_string_not_in_unicode_range", "[\"\xf4\xbf\xbf\xbf\"]"),
    BYTES("i_string_utf16BE_no_BOM", "\0[\0\"\0\xe9\0\"\0]"),
};

static const json_case invalid[] = {
    BYTES("n_array_1_true_without_comma", "[1 true]"),
    BYTES("n_array_a_invalid_utf8", "[a\xe5]"),
    BYTES("n_array_colon_instead_of_comma", "[\"\": 1]"),
    BYTES("n_array_comma_after_close", "[\"\"],"),
    BYTES("n_array_comma_and_number", "[,1]"),
    BYTES("n_array_double_comma", "[1,,2]"),
    BYTES("n_array_double_extra_comma", "[\"x\",,]"),
    BYTES("n_array_extra_close", "[\"x\"]]"),
    BYTES("n_array_extra_comma", "[\"\",]"),
    BYTES("n_array_incomplete", "[\"x\""),
    BYTES("n_array_incomplete_invalid_value", "[x"),
    BYTES("n_array_inner_array_no_comma", "[3[4]]"),
    BYTES("n_array_invalid_utf8", "[\xff]"),
    BYTES("n_array_items_separated_by_semicolon", "[1:2]"),
    BYTES("n_array_just_comma", "[,]"),
    BYTES("n_array_just_minus", "[-]"),
    BYTES("n_array_missing_value", "[   , \"\"]"),
    BYTES("n_array_newlines_unclosed", "[\"a\",\n4\n,1,"),
    BYTES("n_array_number_and_comma", "[1,]"),
    BYTES("n_array_number_and_several_commas", "[1,,]"),
    BYTES("n_array_spaces_vertical_tab_formfeed", "[\"\x0b" "a\"\\f]"),
    BYTES("n_array_star_inside", "[*]"),
    BYTES("n_array_unclosed", "[\"\""),
    BYTES("n_array_unclosed_trailing_comma", "[1,"),
    BYTES("n_array_unclosed_with_new_lines", "[1,\n1\n,1"),
    BYTES("n_array_unclosed_with_object_inside", "[{}"),
    BYTES("n_incomplete_false", "[fals]"),
    BYTES("n_incomplete_null", "[nul]"),
    BYTES("n_incomplete_true", "[tru]"),
    BYTES("n_multidigit_number_then_00", "123\0"),
    BYTES("n_number_++", "[++1234]"),
    BYTES("n_number_+1", "[+1]"),
    BYTES("n_number_+Inf", "[+Inf]"),
    BYTES("n_number_-01", "[-01]"),
    BYTES("n_number_-1.0.", "[-1.0.]"),
    BYTES("n_number_-2.", "[-2.]"),
    BYTES("n_number_-NaN", "[-NaN]"),
    BYTES("n_number_.-1", "[.-1]"),
    BYTES("n_number_.2e-3", "[.2e-3]"),
    BYTES("n_number_0.1.2", "[0.1.2]"),
    BYTES("n_number_0.3e+", "[0.3e+]"),
    BYTES("n_number_0.3e", "[0.3e]"),
    BYTES("n_number_0.e1", "[0.e1]"),
    BYTES("n_number_0_capital_E+", "[0E+]"),
    BYTES("n_number_0_capital_E", "[0E]"),
    BYTES("n_number_0e+", "[0e+]"),
    BYTES("n_number_0e", "[0e]"),
    BYTES("n_number_1.0e+", "[1.0e+]"),
    BYTES("n_number_1.0e-", "[1.0e-]"),
    BYTES("n_number_1.0e", "[1.0e]"),
    BYTES("n_number_1_000", "[1 000.0]"),
    BYTES("n_number_1eE2", "[1eE2]"),
    BYTES("n_number_2.e+3", "[2.e+3]"),
    BYTES("n_number_2.e-3", "[2.e-3]"),
    BYTES("n_number_2.e3", "[2.e3]"),
    BYTES("n_number_9.e+", "[9.e+]"),
    BYTES("n_number_Inf", "[Inf]"),
    BYTES("n_number_NaN", "[NaN]"),
    BYTES("n_number_U+FF11_fullwidth_digit_one", "[\xef\xbc\x91]"),
    BYTES("n_number_expression", "[1+2]"),
    BYTES("n_number_hex_1_digit", "[0x1]"),
    BYTES("n_number_hex_2_digits", "[0x42]"),
    BYTES("n_number_infinity", "[Infinity]"),
    BYTES("n_number_invalid+-", "[0e+-1]"),
    BYTES("n_number_invalid-negative-real", "[-123.123foo]"),
    BYTES("n_number_invalid-utf-8-in-bigger-int", "[123\xe5]"),
    BYTES("n_number_invalid-utf-8-in-exponent", "[1e1\xe5]"),
    BYTES("n_number_invalid-utf-8-in-int", "[0\xe5]\n"),
    BYTES("n_number_minus_infinity", "[-Infinity]"),
    BYTES("n_number_minus_sign_with_trailing_garbage", "[-foo]"),
    BYTES("n_number_minus_space_1", "[- 1]"),
    BYTES("n_number_neg_int_starting_with_zero", "[-012]"),
    BYTES("n_number_neg_real_without_int_part", "[-.123]"),
    BYTES("n_number_neg_with_garbage_at_end", "[-1x]"),
    BYTES("n_number_real_garbage_after_e", "[1ea]"),
    BYTES("n_number_real_with_invalid_utf8_after_e", "[1e\xe5]"),
    BYTES("n_number_real_without_fractional_part", "[1.]"),
    BYTES("n_number_starting_with_dot", "[.123]"),
    BYTES("n_number_with_alpha", "[1.2a-3]"),
    BYTES("n_number_with_alpha_char", "[1.8011670033376514H-308]"),
    BYTES("n_number_with_leading_zero", "[012]"),
    BYTES("n_object_bad_value", "[\"x\", truth]"),
    BYTES("n_object_bracket_key", "{[: \"x\"}\n"),
    BYTES("n_object_comma_instead_of_colon", "{\"x\", null}"),
    BYTES("n_object_double_colon", "{\"x\"::\"b\"}"),
    BYTES("n_object_emoji", "{\xf0\x9f\x87\xa8\xf0\x9f\x87\xad}"),
    BYTES("n_object_garbage_at_end", "{\"a\":\"a\" 123}"),
    BYTES("n_object_key_with_single_quotes", "{key: 'value'}"),
    BYTES("n_object_lone_continuation_byte_in_key_and_trailing_comma", "{\"\xb9\":\"0\",}"),
    BYTES("n_object_missing_colon", "{\"a\" b}"),
    BYTES("n_object_missing_key", "{:\"b\"}"),
    BYTES("n_object_missing_semicolon", "{\"a\" \"b\"}"),
    BYTES("n_object_missing_value", "{\"a\":"),
    BYTES("n_object_no-colon", "{\"a\""),
    BYTES("n_object_non_string_key", "{1:1}"),
    BYTES("n_object_non_string_key_but_huge_number_instead", "{9999E9999:1}"),
    BYTES("n_object_repeated_null_null", "{null:null,null:null}"),
    BYTES("n_object_several_trailing_commas", "{\"id\":0,,,,,}"),
    BYTES("n_object_single_quote", "{'a':0}"),
    BYTES("n_object_trailing_comma", "{\"id\":0,}"),
    BYTES("n_object_trailing_comment", "{\"a\":\"b\"}/**/"),
    BYTES("n_object_trailing_comment_open", "{\"a\":\"b\"}/**//"),
    BYTES("n_object_trailing_comment_slash_open", "{\"a\":\"b\"}//"),
    BYTES("n_object_trailing_comment_slash_open_incomplete", "{\"a\":\"b\"}/"),
    BYTES("n_object_two_commas_in_a_row", "{\"a\":\"b\",,\"c\":\"d\"}"),
    BYTES("n_object_unquoted_key", "{a: \"b\"}"),
    BYTES("n_object_unterminated-value", "{\"a\":\"a"),
    BYTES("n_object_with_single_string", "{ \"foo\" : \"bar\", \"a\" }"),
    BYTES("n_object_with_trailing_garbage", "{\"a\":\"b\"}#"),
    BYTES("n_single_space", " "),
    BYTES("n_string_1_surrogate_then_escape", "[\"\\uD800\\\"]"),
    BYTES("n_string_1_surrogate_then_escape_u", "[\"\\uD800\\u\"]"),
    BYTES("n_string_1_surrogate_then_escape_u1", "[\"\\uD800\\u1\"]"),
    BYTES("n_string_1_surrogate_then_escape_u1x", "[\"\\uD800\\u1x\"]"),
    BYTES("n_string_accentuated_char_no_quotes", "[\xc3\xa9]"),
    BYTES("n_string_backslash_00", "[\"\\\0\"]"),
    BYTES("n_string_escape_x", "[\"\\x00\"]"),
    BYTES("n_string_escaped_backslash_bad", "[\"\\\\\\\"]"),
    BYTES("n_string_escaped_ctrl_char_tab", "[\"\\\t\"]"),
    BYTES("n_string_escaped_emoji", "[\"\\\xf0\x9f\x8c\x80\"]"),
    BYTES("n_string_incomplete_escape", "[\"\\\"]"),
    BYTES("n_string_incomplete_escaped_character", "[\"\\u00A\"]"),
    BYTES("n_string_incomplete_surrogate", "[\"\\uD834\\uDd\"]"),
    BYTES("n_string_incomplete_surrogate_escape_invalid", "[\"\\uD800\\uD800\\x\"]"),
    BYTES("n_string_invalid-utf-8-in-escape", "[\"\\u\xe5\"]"),
    BYTES("n_string_invalid_backslash_esc", "[\"\\a\"]"),
    BYTES("n_string_invalid_unicode_escape", "[\"\\uqqqq\"]"),
    BYTES("n_string_invalid_utf8_after_escape", "[\"\\\xe5\"]"),
    BYTES("n_string_leading_uescaped_thinspace", "[\\u0020\"asd\"]"),
    BYTES("n_string_no_quotes_with_bad_escape", "[\\n]"),
    BYTES("n_string_single_doublequote", "\""),
    BYTES("n_string_single_quote", "['single quote']"),
    BYTES("n_string_single_string_no_double_quotes", "abc"),
    BYTES("n_string_start_escape_unclosed", "[\"\\"),
    BYTES("n_string_unescaped_ctrl_char", "[\"a\0a\"]"),
    BYTES("n_string_unescaped_newline", "[\"new\nline\"]"),
    BYTES("n_string_unescaped_tab", "[\"\t\"]"),
    BYTES("n_string_unicode_CapitalU", "\"\\UA66D\""),
    BYTES("n_string_with_trailing_garbage", "\"\"x"),
    BYTES("n_structure_U+2060_word_joined", "[\xe2\x81\xa0]"),
    BYTES("n_structure_UTF8_BOM_no_data", "\xef\xbb\xbf"),
    BYTES("n_structure_angle_bracket_.", "<.>"),
    BYTES("n_structure_angle_bracket_null", "[<null>]"),
    BYTES("n_structure_array_trailing_garbage", "[1]x"),
    BYTES("n_structure_array_with_extra_array_close", "[1]]"),
    BYTES("n_structure_array_with_unclosed_string", "[\"asd]"),
    BYTES("n_structure_ascii-unicode-identifier", "a\xc3\xa5"),
    BYTES("n_structure_capitalized_True", "[True]"),
    BYTES("n_structure_close_unopened_array", "1]"),
    BYTES("n_structure_comma_instead_of_closing_brace", "{\"x\": true,"),
    BYTES("n_structure_double_array", "[][]"),
    BYTES("n_structure_end_array", "]"),
    BYTES("n_structure_incomplete_UTF8_BOM", "\xef\xbb{}"),
    BYTES("n_structure_lone-invalid-utf-8", "\xe5"),
    BYTES("n_structure_lone-open-bracket", "["),
    BYTES("n_structure_no_data", ""),
    BYTES("n_structure_null-byte-outside-string", "[\0]"),
    BYTES("n_structure_number_with_trailing_garbage", "2@"),
    BYTES("n_structure_object_followed_by_closing_object", "{}}"),
    BYTES("n_structure_object_unclosed_no_value", "{\"\":"),
    BYTES("n_structure_object_with_comment", "{\"a\":/*comment*/\"b\"}"),
    BYTES("n_structure_object_with_trailing_garbage", "{\"a\": true} \"x\""),
    BYTES("n_structure_open_array_apostrophe", "['"),
    BYTES("n_structure_open_array_comma", "[,"),
    BYTES("n_structure_open_array_open_object", "[{"),
    BYTES("n_structure_open_array_open_string", "[\"a"),
    BYTES("n_structure_open_array_string", "[\"a\""),
    BYTES("n_structure_open_object", "{"),
    BYTES("n_structure_open_object_close_array", "{]"),
    BYTES("n_structure_open_object_comma", "{,"),
    BYTES("n_structure_open_object_open_array", "{["),
    BYTES("n_structure_open_object_open_string", "{\"a"),
    BYTES("n_structure_open_object_string_with_apostrophes", "{'a'"),
    BYTES("n_structure_open_open", "[\"\\{[\"\\{[\"\\{[\"\\{"),
    BYTES("n_structure_single_eacute", "\xe9"),
    BYTES("n_structure_single_star", "*"),
    BYTES("n_structure_trailing_#", "{\"a\":\"b\"}#{}"),
    BYTES("n_structure_uescaped_LF_before_string", "[\\u000A\"\"]"),
    BYTES("n_structure_unclosed_array", "[1"),
    BYTES("n_structure_unclosed_array_partial_null", "[ false, nul"),
    BYTES("n_structure_unclosed_array_unfinished_false", "[ true, fals"),
    BYTES("n_structure_unclosed_array_unfinished_true", "[ false, tru"),
    BYTES("n_structure_unclosed_object", "{\"asd\":\"asd\""),
    BYTES("n_structure_unicode-identifier", "\xc3\xa5"),
    BYTES("n_structure_whitespace_U+2060_word_joiner", "\xe2\x81\xa0"),
    BYTES("n_structure_whitespace_formfeed", "[\x0c]"),
};

/* clang-format on */

/* From a heap block of exactly that size, so that a sanitizer sees any byte read beyond it. */
static ptrun_status parse(const char *text, size_t length, ptrun_error *err)
{
    char *copy = malloc(length ? length : 1);
    if (!copy) return PTRUN_OUT_OF_MEMORY;
    memcpy(copy, text, length);
    ptrun_json *json;
    ptrun_status status = ptrun_json_parse(&json, copy, length, PTRUN_RECIPE_INVALID, err);
    CHECK((status == PTRUN_OK) == (json != NULL));
    ptrun_json_close(&json);
    free(copy);
    return status;
}

static void check_cases(const json_case *cases, size_t count, ptrun_status expected)
{
    for (size_t i = 0; i < count; i++) {
        ptrun_error err = {0};
        ptrun_status status = parse(cases[i].text, cases[i].length, &err);
        CHECK(status == expected);
        if (status != expected) fprintf(stderr, "  %s: %s\n", cases[i].name, err.detail);
    }
}

static void check_nesting(size_t depth, bool object, bool closed, ptrun_status expected)
{
    const char *open = object ? "{\"\":" : "[", *close = object ? "}" : "]";
    size_t step = strlen(open), length = depth * step + (object ? 1 : 0);
    char *text = malloc(length + depth + 1);
    if (!text) return;
    for (size_t i = 0; i < depth; i++) memcpy(text + i * step, open, step);
    if (object) text[length - 1] = '1';
    if (closed) memset(text + length, *close, depth);
    ptrun_error err = {0};
    CHECK(parse(text, length + (closed ? depth : 0), &err) == expected);
    free(text);
}

static void check_message(const char *text, const char *expected)
{
    ptrun_error err = {0};
    CHECK(parse(text, strlen(text), &err) == PTRUN_RECIPE_INVALID);
    CHECK_TEXT(err.detail, expected);
}

int main(void)
{
    check_cases(valid, sizeof valid / sizeof *valid, PTRUN_OK);
    check_cases(ambiguous, sizeof ambiguous / sizeof *ambiguous, PTRUN_RECIPE_INVALID);
    check_cases(invalid, sizeof invalid / sizeof *invalid, PTRUN_RECIPE_INVALID);
    check_nesting(512, false, true, PTRUN_OK);
    check_nesting(512, true, true, PTRUN_OK);
    check_nesting(513, false, true, PTRUN_RECIPE_INVALID);
    check_nesting(100000, false, false, PTRUN_RECIPE_INVALID); /* n_structure_100000_opening_arrays */
    check_nesting(50000, true, false, PTRUN_RECIPE_INVALID);   /* n_structure_open_array_object */

    check_message("", "line 1, column 1: the text ends too early");
    check_message("{\n  \"é\": 01}", "line 2, column 9: a comma or } is wanted");
    check_message("\xef\xbb\xbf[1,\n,]", "line 2, column 1: a value is wanted");
    check_message("[\"a\tb\"]", "line 1, column 4: a control character in a string");
    check_message("[\"\xff\"]", "line 1, column 3: not UTF-8");
    check_message("[\"\\u0000\"]", "line 1, column 5: a NUL character in a string");
    check_message("[\"\\ud800\"]", "line 1, column 5: half of a surrogate pair");
    check_message("{} x", "line 1, column 4: text after the end of the document");
    check_message("{\"a\": [{\"b\": 1, \"c d\": {\"x\": 1, \"x\": 2}}]}",
                  "$.a[0][\"c d\"].x: the key is there twice");
    return CHECK_DONE();
}
