/** What a hostile stream script looks for. */
export interface HostileTargets {
  /** A text that each secret contains. */
  readonly secret: string
  /** Files and folders with secrets. */
  readonly files: readonly string[]
  /** Files and folders that the script tries to write to. */
  readonly writable: readonly string[]
  /** A port of a server on the loopback. */
  readonly port: number
  /** The number of seconds that the processes sleep that the script leaves behind. It identifies them. */
  readonly sleep: string
  /** The image to write to standard output at the end. */
  readonly archive: string
  /** The shell, if it is not `/bin/sh`. */
  readonly shell?: string
  /** How the shell calls cat, grep, nc, setsid and sleep. Default: from PATH. */
  readonly tools?: string
}

/**
 * The lines of a shell script that tries to get secrets and to leave traces, and then writes an image. Standard error gets a line
 * `GOT <what>` for each success, and then the exit code is 5.
 */
export function hostileScript(targets: HostileTargets): string {
  const { secret, files, writable, port, sleep, archive, shell = '/bin/sh', tools = '' } = targets
  const quoted = (paths: readonly string[]): string => paths.map(path => `'${path}'`).join(' ')
  return `#!${shell}
PATH=/bin:/usr/bin
applet() { ${tools === '' ? '' : `${tools} `}"$@"; }
lost=0
got() { echo "GOT $*" >&2; lost=5; }
secret=${secret}
for file in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do
  applet grep -aq "$secret" "$file" 2>/dev/null && got "$file"
done
for file in /proc/[0-9]*/fd/*; do
  case $file in /proc/$$/*) continue ;; esac
  [ -f "$file" ] && applet grep -aq "$secret" "$file" 2>/dev/null && got "open file $file"
done
for file in ${quoted(files)}; do
  applet grep -arq "$secret" "$file" 2>/dev/null && got "secret in $file"
  [ -e "$file" ] && got "sight of $file"
done
for path in ${quoted(writable)}; do
  if [ -d "$path" ]; then path=$path/hostile; fi
  { echo hostile >>"$path"; } 2>/dev/null && got "writing to $path"
done
for number in 3 4 5 6 7 8 9 20 21 22 23 24 25 26 27; do
  file=/proc/$$/fd/$number
  [ -e $file ] && ! [ $file -ef /dev/null ] && got "open file $number"
done
echo "$secret" | applet nc -w 1 127.0.0.1 ${port} >/dev/null 2>&1 && got network
[ -n "$(applet cat)" ] && got input
(applet setsid ${shell} -c '(${tools} sleep ${sleep}) & ${tools} sleep ${sleep}' & applet sleep ${sleep} &) &
applet cat ${archive}
exit $lost
`
}
