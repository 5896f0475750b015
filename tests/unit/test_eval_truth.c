/* Where the true class of a picture comes from. */
#include "check.h"
#include "eval/truth.h"

static char *const labels[] = {(char *)"cat", (char *)"crane", NULL, (char *)"crane", (char *)"7"};

static ptrun_truth open_truth(void)
{
    ptrun_truth truth = {0};
    ptrun_error err = {0};
    CHECK(ptrun_truth_set_labels(&truth, labels, 5, true, &err) == PTRUN_OK);
    return truth;
}

static int64_t of(ptrun_truth *truth, const char *path)
{
    int64_t index = -9;
    ptrun_error err = {0};
    CHECK(ptrun_truth_of(truth, path, strlen(path), &index, &err) == PTRUN_OK);
    return index;
}

static void test_folders(void)
{
    static const char *const roots[] = {"data/", "data/more"};
    ptrun_truth truth = open_truth();
    truth.roots = roots, truth.n_roots = 2;
    CHECK(of(&truth, "data/cat/a.jpg") == 0);
    CHECK(of(&truth, "data/cat/deep/a.jpg") == 0);
    CHECK(of(&truth, "data/more/cat/a.jpg") == 0); /* the innermost root */
    CHECK(of(&truth, "data/2/a.jpg") == 2);
    CHECK(of(&truth, "data/7/a.jpg") == 4);                   /* a label before an index */
    CHECK(of(&truth, "data/5/a.jpg") == PTRUN_TRUTH_UNKNOWN); /* five classes: 0 to 4 */
    CHECK(of(&truth, "data/crane/a.jpg") == PTRUN_TRUTH_UNKNOWN);
    CHECK(of(&truth, "data/dog/a.jpg") == PTRUN_TRUTH_UNKNOWN);
    CHECK(of(&truth, "data/a.jpg") == PTRUN_TRUTH_NONE);
    CHECK(of(&truth, "database/cat/a.jpg") == PTRUN_TRUTH_NONE);
    const ptrun_table_entry *crane = ptrun_table_find(&truth.names, "crane", 5);
    CHECK(crane && truth.facts[crane->value].origin == PTRUN_TRUTH_AMBIGUOUS &&
          truth.facts[crane->value].images == 1);
    CHECK(truth.facts[0].images == 3);
    ptrun_truth_release(&truth);
}

static ptrun_status map(ptrun_truth *truth, const char *text, ptrun_error *err)
{
    *err = (ptrun_error){0};
    return ptrun_truth_read_map(truth, text, strlen(text), err);
}

static void test_map(void)
{
    static const char *const roots[] = {"."};
    ptrun_error err;
    ptrun_truth truth = open_truth();
    truth.roots = roots, truth.n_roots = 1;
    CHECK(map(&truth, "\xEF\xBB\xBFkitten,cat\r\n\"a, \"\"b\"\"\",3\n\n", &err) == PTRUN_OK);
    CHECK(map(&truth, " {\"x\": 1, \"cat\": \"7\"}", &err) == PTRUN_OK);
    CHECK(of(&truth, "./kitten/a") == 0 && of(&truth, "./a, \"b\"/a") == 3);
    CHECK(of(&truth, "./x/a") == 1 && of(&truth, "./cat/a") == 4);
    CHECK(map(&truth, "a,cat\nb,dog\n", &err) == PTRUN_TRUTH_INVALID);
    CHECK_TEXT(err.detail, "line 2: \"dog\" is no class of the model");
    CHECK(map(&truth, "q,crane", &err) == PTRUN_TRUTH_INVALID && strstr(err.detail, "several"));
    CHECK(map(&truth, "q", &err) == PTRUN_TRUTH_INVALID);
    CHECK_TEXT(err.detail, "line 1: two fields are wanted, not 1");
    CHECK(map(&truth, "\"q,1", &err) == PTRUN_TRUTH_INVALID && strstr(err.detail, "quote"));
    CHECK(map(&truth, "z,1\nz,3", &err) == PTRUN_TRUTH_INVALID && strstr(err.detail, "twice"));
    CHECK(map(&truth, "{\"x\": true}", &err) == PTRUN_TRUTH_INVALID);
    ptrun_truth_release(&truth);
}

static ptrun_status list(ptrun_truth *truth, const char *text, ptrun_error *err)
{
    *err = (ptrun_error){0};
    return ptrun_truth_read_list(truth, text, strlen(text), err);
}

static void test_list(void)
{
    static const char *const roots[] = {"data"};
    ptrun_error err;
    ptrun_truth truth = open_truth();
    truth.roots = roots, truth.n_roots = 1;
    CHECK(list(&truth, "Path,Class\na.jpg,cat\n\"./b\n.jpg\",2\n", &err) == PTRUN_OK);
    CHECK(list(&truth, "{\"path\":\"c\",\"class\":\"cat\"}\n\n{\"path\":\"d\",\"label\":3}", &err) ==
          PTRUN_OK);
    CHECK(of(&truth, "a.jpg") == 0 && of(&truth, "data/a.jpg") == 0 && of(&truth, "./b\n.jpg") == 2);
    CHECK(of(&truth, "c") == 0 && of(&truth, "d") == 3);
    CHECK(of(&truth, "cat/e.jpg") == PTRUN_TRUTH_NONE);
    CHECK(list(&truth, "a.jpg,cat\n", &err) == PTRUN_OK); /* the same again says nothing new */
    CHECK(list(&truth, "a.jpg,3\n", &err) == PTRUN_TRUTH_INVALID);
    CHECK_TEXT(err.detail, "line 1: the path has another class before");
    CHECK(list(&truth, "{\"path\":\"c\",\"class\":\"cat\"}\n{\"path\":\"f\"}", &err) == PTRUN_TRUTH_INVALID);
    CHECK(strncmp(err.detail, "line 2: ", 8) == 0);
    ptrun_truth_release(&truth);
}

int main(void)
{
    test_folders();
    test_map();
    test_list();
    return CHECK_DONE();
}
