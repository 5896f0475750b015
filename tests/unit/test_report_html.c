/* Untrusted text in a page is text. */
#include "check.h"
#include "report/html.h"

static const char *text_of(ptrun_buf *buf, const char *text, size_t length)
{
    ptrun_buf_clear(buf);
    ptrun_html_text(buf, text, length);
    return ptrun_buf_text(buf);
}

#define TEXT(literal) text_of(&buf, literal, sizeof literal - 1)

int main(void)
{
    ptrun_buf buf = {0};
    CHECK_TEXT(TEXT("plain é 漢"), "plain é 漢");
    CHECK_TEXT(TEXT("<b a=\"'&"), "&lt;b a=&quot;&#39;&amp;");
    CHECK_TEXT(TEXT("a\nb\x7F\0c"), "a&#x240A;b&#x2421;&#x2400;c");
    CHECK_TEXT(TEXT("\xFF\xC3"), "&#xFFFD;&#xFFFD;");
    CHECK_TEXT(TEXT("\xC2\x85"), "&#xFFFD;");       /* a control character of Latin-1 */
    CHECK_TEXT(TEXT("\xE2\x80\xAEx"), "[U+202E]x"); /* right to left from here on */
    CHECK_TEXT(TEXT("\xE2\x80\xA8\xEF\xBB\xBF"), "[U+2028][U+FEFF]");
    CHECK_TEXT(TEXT("\xF0\x9F\x90\x88"), "\xF0\x9F\x90\x88"); /* a cat */

    ptrun_buf_clear(&buf);
    ptrun_html_cut(&buf, "abc", 3);
    ptrun_html_cut(&buf, "ab\xC3\xA9z", 3); /* not in the middle of a character */
    CHECK_TEXT(ptrun_buf_text(&buf), "abcab…");

    ptrun_buf_clear(&buf);
    char path[600];
    memset(path, 'x', sizeof path);
    memcpy(path + sizeof path - 5, "a.png", 5);
    ptrun_html_path(&buf, path, sizeof path);
    CHECK(buf.length < 300 && strstr(buf.data, "a.png</bdi>") && strstr(buf.data, ">…x"));

    ptrun_buf_clear(&buf);
    ptrun_html_count(&buf, 0);
    ptrun_buf_putc(&buf, ' ');
    ptrun_html_count(&buf, 1002003);
    CHECK_TEXT(ptrun_buf_text(&buf), "0 1,002,003");
    ptrun_buf_release(&buf);
    return CHECK_DONE();
}
