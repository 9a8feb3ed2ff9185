# Ends a process group when whoever holds the other end of standard input asks for it, or is gone; see process.py.
#
# Standard input brings the group's number, and then a line if the group has ended by itself. The argument is the number
# of seconds between SIGTERM and SIGKILL.
trap '' HUP INT TERM
read -r group || exit 0
read -r ended && exit 0
kill -s TERM -- "-$group" || exit 0
polls=$(($1 * 10))
while [ "$polls" -gt 0 ] && kill -s 0 -- "-$group"; do
  sleep 0.1
  polls=$((polls - 1))
done
kill -s KILL -- "-$group"
