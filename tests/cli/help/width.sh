# Text keeps to the width that is asked for, within reason.
for columns in 50 80 100; do
    COLUMNS=$columns ptrun help preprocess | grep -v '^ *\$ ' | awk -v most="$columns" 'length > most'
done
COLUMNS=10 ptrun help preprocess | sed -n 3,4p
COLUMNS=nonsense ptrun help preprocess | sed -n 3p
