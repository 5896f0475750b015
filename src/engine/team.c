#include "engine/team.h"

#include "base/crash.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/thread.h"
#include "engine/engine.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct {
    ptrun_team *team;
    ptrun_engine_model *model;
    ptrun_engine_output output;
    ptrun_error error;
    pthread_t thread;
} member;

struct ptrun_team {
    const ptrun_engine_api *engine;
    ptrun_tensor input;
    member *members; /* the first one runs in the caller's thread */
    int32_t count;   /* that exist */
    int32_t started; /* that can run: those with a thread, and the first */

    pthread_mutex_t lock;
    pthread_cond_t begin, end;
    uint64_t turn; /* counts up */
    int32_t rounds; /* of this turn; 0: it is over */
    int32_t busy;  /* threads that have not finished this turn */
};

static void run_rounds(member *m, int32_t rounds)
{
    m->error = (ptrun_error){0};
    ptrun_status status = PTRUN_OK;
    for (int32_t i = 0; i < rounds && status == PTRUN_OK; i++)
        status = ptrun_engine_run(m->team->engine, &m->output, m->model, &m->team->input, &m->error);
}

/* Wait for a turn beyond *seen. Its rounds. */
static int32_t wait_for_turn(ptrun_team *team, uint64_t *seen)
{
    pthread_mutex_lock(&team->lock);
    while (team->turn == *seen) pthread_cond_wait(&team->begin, &team->lock);
    *seen = team->turn;
    int32_t rounds = team->rounds;
    pthread_mutex_unlock(&team->lock);
    return rounds;
}

static void *work(void *argument)
{
    member *self = argument;
    ptrun_team *team = self->team;
    uint64_t seen = 0;
    ptrun_crash_protect_thread();
    for (int32_t rounds; (rounds = wait_for_turn(team, &seen)) > 0;) {
        run_rounds(self, rounds);
        pthread_mutex_lock(&team->lock);
        if (--team->busy == 0) pthread_cond_signal(&team->end);
        pthread_mutex_unlock(&team->lock);
    }
    return NULL;
}

static void begin_turn(ptrun_team *team, int32_t rounds)
{
    pthread_mutex_lock(&team->lock);
    team->turn++;
    team->rounds = rounds;
    team->busy = team->started - 1;
    pthread_cond_broadcast(&team->begin);
    pthread_mutex_unlock(&team->lock);
}

static ptrun_status add_member(ptrun_team *team, int32_t threads, ptrun_error *err)
{
    member *m = &team->members[team->count];
    ptrun_status status = team->engine->instance(&m->model, team->members[0].model, threads, err);
    m->team = team;
    if (status == PTRUN_OK) team->count++;
    return status;
}

static ptrun_status start_member(ptrun_team *team, ptrun_error *err)
{
    member *m = &team->members[team->started];
    if (ptrun_thread_start(&m->thread, work, m) != 0)
        return ptrun_fail(err, PTRUN_OUT_OF_MEMORY, "no thread can be started");
    team->started++;
    return PTRUN_OK;
}

ptrun_status ptrun_team_open(ptrun_team **out, const ptrun_engine_api *engine, ptrun_engine_model *first,
                             ptrun_split split, const ptrun_tensor *input, ptrun_error *err)
{
    *out = NULL;
    ptrun_team *team = ptrun_mem_zalloc(1, sizeof *team);
    if (team) team->members = ptrun_mem_zalloc((size_t)split.forwards, sizeof *team->members);
    if (!team || !team->members) return free(team), ptrun_fail_memory(err, "the forwards");
    team->engine = engine;
    team->input = *input;
    team->members[0] = (member){.team = team, .model = first};
    team->count = team->started = 1;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->begin, NULL);
    pthread_cond_init(&team->end, NULL);
    ptrun_status status = PTRUN_OK;
    while (team->count < split.forwards && status == PTRUN_OK) status = add_member(team, split.threads, err);
    while (team->started < split.forwards && status == PTRUN_OK) status = start_member(team, err);
    if (status != PTRUN_OK) ptrun_team_close(&team);
    *out = team;
    return status;
}

void ptrun_team_close(ptrun_team **closed)
{
    ptrun_team *team = *closed;
    if (!team) return;
    begin_turn(team, 0);
    for (int32_t i = 1; i < team->started; i++) pthread_join(team->members[i].thread, NULL);
    for (int32_t i = 1; i < team->count; i++) team->engine->close(&team->members[i].model);
    pthread_mutex_destroy(&team->lock);
    pthread_cond_destroy(&team->begin);
    pthread_cond_destroy(&team->end);
    free(team->members);
    ptrun_mem_release(closed);
}

ptrun_status ptrun_team_run(ptrun_team *team, int32_t rounds, ptrun_engine_output *output, ptrun_error *err)
{
    begin_turn(team, rounds);
    run_rounds(&team->members[0], rounds);
    pthread_mutex_lock(&team->lock);
    while (team->busy > 0) pthread_cond_wait(&team->end, &team->lock);
    pthread_mutex_unlock(&team->lock);
    *output = team->members[0].output;
    for (int32_t i = 0; i < team->count; i++)
        if (team->members[i].error.status != PTRUN_OK) return *err = team->members[i].error, err->status;
    return PTRUN_OK;
}
