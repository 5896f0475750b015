# What is measured is remembered: the same bytes again, without another measurement. A variant that crashes is left out
# after a new start; the output is whole. What cannot be read is measured anew (and may be the
# other quick variant on a busy machine, with the same logits); where nothing can be remembered, and for a
# few images, nothing is measured.
mkdir many few
for i in {100..499}; do ln "$FILES/photo.png" many/$i.png 2>/dev/null || cp "$FILES/photo.png" many/$i.png; done
cp many/1[0-2]*.png few
export PTRUN_FAKE=variants,sleep-ms=10
go() { ptrun classify "$FILES/model.pt" "$1" --engine fake -b 1 "${@:2}"; }
told() { sed -n 's/near/fast/g; s/signal [0-9]*/signal N/; s/.*\(crash while[^(]*\|starts again.*\)/\1/p; s/.*"\(.*\)", [0-9]* forward.*(\([a-z]*\).*/\1 \2/p; s/.*preparation: as/as/p'; }
facts() { grep -o '"preparation[^}]*"threads"' "$1" | sed 's/near/fast/'; }
go many -v --format json -o first 2>&1 | told
facts first
go many -v --format json -o second 2>&1 | told
cmp first second
remembered() { find "$XDG_CACHE_HOME/ptrun" -type f ! -name "*.crashed"; }
cut -c 1-99 $(remembered) | grep -e variant -e images | sed s/near/fast/
cat "$XDG_CACHE_HOME"/ptrun/*.crashed
for f in $(remembered); do echo damaged > "$f"; done
go many -v -o third 2>&1 | told
find many -name '*.png' | sort | ptrun classify "$FILES/model.pt" --files-from - --engine fake -b 1 -v 2>&1 > streamed | told
go few -v -o short 2>&1 | told
PTRUN_FAKE=variants env -u HOME -u XDG_CACHE_HOME ptrun classify "$FILES/model.pt" many --engine fake -v -o unknown 2>&1 | told
wc -l < third
