/* Watches over calls into code that is not ours and that may never come back: a program with a loop for ever.
 *
 * A thread of its own waits while calls are under way. Where none of them begins or ends for the given time, it
 * tells, once. Where the process was stopped in that time, or got less than a quarter of a processor, it is given
 * the same time once more: a busy machine is no reason to give up. One watch for the process.
 */
#ifndef PTRUN_BASE_WATCH_H
#define PTRUN_BASE_WATCH_H

/* `stalled` is called by the watching thread and may end the process; `context` is borrowed until the end of the
 * watch. Nothing is watched where `seconds` is 0, where a watch is on already, or where no thread can be had. */
void ptrun_watch_begin(unsigned seconds, void (*stalled)(void *context), void *context);

/* Accepts that there is no watch, or that it was begun with another context. */
void ptrun_watch_end(const void *context);

/* Around each call. Any thread; nothing where there is no watch. */
void ptrun_watch_enter(void);
void ptrun_watch_leave(void);

#endif
