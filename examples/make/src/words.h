/* Words of a text. */
#ifndef WORDS_H
#define WORDS_H
#include <stddef.h>

/* The first word at or after *text, whose end *text is set to; NULL: there is none. */
const char *next_word(const char **text, size_t *length);

/* How many words a text has. */
size_t count_words(const char *text);

#endif
