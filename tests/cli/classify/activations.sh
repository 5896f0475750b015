# The order is that of the raw output, whatever becomes of it; --logits adds it.
for activation in softmax sigmoid none; do
    ptrun classify "$FILES/model.pt" "$FILES/photo.png" --engine fake -q -k 10 --activation "$activation" > out.txt
    grep -o '"index":[0-9]*' out.txt | paste -sd ' '
    grep -o '"score":[-0-9.e]*' out.txt | cut -c1-13 | paste -sd ' '
done
ptrun classify "$FILES/model.pt" "$FILES/photo.png" --engine fake -q -k 1 --logits | sed 's/.*"logits":\[//' |
    tr ',' '\n' | grep -c '^-\{0,1\}[0-9]'
