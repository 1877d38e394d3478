# The process that ends other process groups when guild is gone; one for each guild that asks for it.
#
# Started by system/process/alone.py with sh, which is there in a tenth of the time that an interpreter of Python takes. In, on
# stdin, a line each: "+N" when the group N is to end with guild, "-N" when it has ended. The end of stdin is guild's end.

groups=' '
while IFS= read -r line; do
    case $line in
    +*) groups="$groups${line#+} " ;;
    -*) groups="${groups%%" ${line#-} "*} ${groups#*" ${line#-} "}" ;;
    esac
done
for group in $groups; do
    kill -s KILL -- "-$group" 2>/dev/null
done
