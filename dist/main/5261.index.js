export const id=5261;export const ids=[5261];export const modules={77641:   ((e,t,n)=>{n.d(t,{T:()=>createRecorder});var r=n(24869);var s=n(13795);var i=n(14717);var o=n(76760);var a=n(42065);var c=n(44576);var d=n(91994);async function undoChanges(e,t,n){const s=listSteps(e,t).flatMap(([e,...t])=>[e,String(t.length),...t]);const i=await(0,c.y)(n,"sh",["-c",u,"undo",...s]);if(i.code!==0)throw new a.yo(`The changes on this machine cannot be undone: ${i.stderr.trim()||`exit code ${i.code}`}`,{
hint:`They are listed in ${(0,r.N_)(e)}.`});return i.stdout.split("\n").filter(Boolean)}function listSteps(e,{kvm:t,interpreters:n,settings:s,users:i}){const a=(0,o.join)(e,"etc");const c=[];if(t)c.push(["restore_mode",(0,o.join)(e,"dev/kvm"),t.after,t.before]);for(const[e,t]of Object.entries(n?.entries??{}))c.push(["remove_entry",(0,o.join)(n?.folder??"",e),t]);if(n&&!n.wasMounted)c.push(["unmount_entries",n.folder]);if(s){const e=(0,o.join)(a,"nix/nix.conf")
;if(!s.hadIncludes)c.push(["remove_includes",e,s.hadConf?"yes":""]);for(const[e,{before:t,after:n}]of Object.entries(s.files))c.push(["restore_file",(0,o.join)(a,"nix",e),n,t===undefined?"":`=${t}`]);if(!s.hadFolder)c.push(["remove_folder",(0,o.join)(a,"nix")])}if(i){const{before:e="",after:t}=i.group;c.push(["restore_group",(0,o.join)(a,"group"),t,e]);const n=i.hadLineEnd?"yes":"";if(i.passwd.length>0)c.push(["remove_users",(0,o.join)(a,"passwd"),i.passwd.join("\n"),n])}
return[...c,["forget",(0,r.N_)(e)]]}const u=String.raw`
set -eu
umask 022
nl='
'
left() { printf '%s\n' "$1"; }
# Reads the text of a file into $text, with the newlines at its end.
read_text() {
  text=$(cat "$1" && echo .)
  text=\${text%.}
}
# Replaces the text of a file, and keeps its owner and permissions.
write_text() {
  file=$(readlink -f "$1")
  cp -p "$file" "$file.nix-multiarch"
  printf '%s' "$2" >"$file.nix-multiarch"
  mv -f "$file.nix-multiarch" "$file"
}
# Replaces each line of $text that is one of the lines $1 by $2, or removes it if $2 is empty. Sets $found.
replace_lines() {
  found= rest=$text text=
  while [ -n "$rest" ]; do
    line=\${rest%%"$nl"*}
    case $rest in *"$nl"*) rest=\${rest#*"$nl"} end=$nl ;; *) rest= end= ;; esac
    case "$nl$1$nl" in *"$nl$line$nl"*) ;; *) text=$text$line$end; continue ;; esac
    found=yes
    [ -z "$2" ] || text=$text$2$end
  done
}
restore_mode() {
  [ -e "$1" ] || return 0
  mode=$(stat -c %a "$1")
  if [ "$mode" = "$2" ]; then chmod "$3" "$1"; return; fi
  [ "$mode" = "$3" ] || left "$1 has the mode $mode now"
}
remove_entry() {
  [ -e "$1" ] || return 0
  case "$(cat "$1")$nl" in
    *"interpreter $2$nl"*) echo -1 >"$1" ;;
    *) left "$1 has another interpreter now" ;;
  esac
}
unmount_entries() {
  for entry in "$1"/*; do
    case \${entry##*/} in register | status | '*') ;; *) return 0 ;; esac
  done
  umount "$1" 2>/dev/null || :
}
remove_includes() {
  [ -e "$1" ] || return 0
  first='${d.l1[0]}' last='${d.l1[1]}'
  read_text "$1"
  text=\${text#"$first$nl"}
  case $text in *"$nl$last$nl") text=\${text%"$nl$last$nl"} ;; esac
  replace_lines "$first$nl$last" ''
  if [ -z "$text" ] && [ -z "$2" ]; then rm -f "$1"; else write_text "$1" "$text"; fi
}
restore_file() {
  [ -e "$1" ] || return 0
  read_text "$1"
  if [ "$text" != "$2" ]; then
    [ "$text" = "\${3#=}" ] && [ -n "$3" ] || left "$1 was changed"
  elif [ -n "$3" ]; then write_text "$1" "\${3#=}"
  else rm -f "$1"
  fi
}
remove_folder() { rmdir "$1" 2>/dev/null || :; }
restore_group() {
  read_text "$1"
  case $nl$text in *"$nl""${d.X2}:"*) ;; *) return 0 ;; esac
  replace_lines "$2" "$3"
  if [ -n "$found" ]; then write_text "$1" "$text"; return; fi
  case $nl$text in *"$nl\${3:-:}$nl"*) ;; *) left "the group ${d.X2} in $1 was changed" ;; esac
}
remove_users() {
  read_text "$1"
  replace_lines "$2" ''
  [ -n "$3" ] || text=\${text%"$nl"}
  [ -z "$found" ] || write_text "$1" "$text"
  rest=$2$nl
  while [ -n "$rest" ]; do
    name=\${rest%%:*} rest=\${rest#*"$nl"}
    case $nl$text in *"$nl$name:"*) left "the user $name in $1 was changed" ;; esac
  done
}
forget() {
  rm -f "$1/daemon" "$1/daemon.new" "$1/record.json.new" "$1/record.json"
  rmdir "$1" 2>/dev/null || :
}
while [ $# -gt 0 ]; do
  step=$1 count=$2
  shift 2
  "$step" "$@"
  shift "$count"
done
`.replaceAll("\\${","${");async function leaveMachine(e){const{root:t="/",folder:n,privileges:o,persist:a,canRepeat:c}=e;const d=await(0,r.aE)(t);if(!d?.uses.some(e=>e.folder===n))return{result:"undone",left:[]};const u=await(0,r.wV)();const f=d.uses.filter(e=>e.folder!==n);const l=await(0,r.b8)(f,u);if(l.length>0){await(0,r.rh)(t,{uses:l,changes:removePersistent(d.changes,a)},o);if(a.includes("daemon"))await(0,s.OS)(t,o);return{result:"used by other jobs",left:[]}}
const $=a.includes("daemon")?undefined:await(0,s.Hb)(t);if($!==undefined&&await(0,i.ly)($)){if(!c)await(0,r.rh)(t,{...d,uses:[]},o);return{result:"used by other processes",left:[]}}if($!==undefined&&!await(0,i.ZI)($,o))throw new Error(`process ${$.pid} of the Nix daemon is still running`);const h=removePersistent((0,r.Xw)(d.changes,u),a);return{result:"undone",left:await undoChanges(t,h,o)}}function removePersistent(e,t){const{kvm:n,interpreters:r,settings:s,users:i}=e;return{
...n&&!t.includes("kvm")&&{kvm:n},...r&&!t.includes("qemu")&&{interpreters:r},...!t.includes("daemon")&&{...s&&{settings:s},...i&&{users:i}}}}var f=n(82827);var l=n(56868);const $="Runner.Worker";const h=15*6e4;class MachineRecorder{root;folder;#e;constructor({root:e="/",folder:t,privileges:n}){this.root=e;this.folder=t;this.#e=n}async hasRecord(){return await(0,r.aE)(this.root)!==undefined}lock({env:e,signal:t},n,r=h){return(0,f.$)(this.root,{env:e,signal:t,onWait:()=>{},timeoutMs:r},n)}
async join(){if(await(0,r.aE)(this.root)===undefined)return false;await this.add({});return true}async add(e){const t=await(0,r.wV)();const n=await(0,r.aE)(this.root);const s=await(0,r.b8)(n?.uses??[],t);const i=s.some(({folder:e})=>e===this.folder);const o={uses:i?s:[...s,await this.#t(t)],changes:(0,r.e6)((0,r.Xw)(n?.changes??{},t),e)};if(JSON.stringify(o)===JSON.stringify(n))return;await(0,r.rh)(this.root,o,this.#e)}leave(e){return leaveMachine({...e,root:this.root,folder:this.folder,
privileges:this.#e})}async#t(e){const t=await(0,l.pX)(process.pid,$);return{folder:this.folder,boot:e,...t&&{worker:t}}}}var m=n(4134);function createRecorder({env:e,stateFolder:t}){const n=t.existing;if(process.platform!=="linux"||isDeletedAfterJob(e)||n===undefined)return undefined;return new MachineRecorder({folder:n,privileges:{exec:m.m0,uid:process.getuid?.()}})}function isDeletedAfterJob(e){return e.RUNNER_ENVIRONMENT==="github-hosted"}}),62437:   ((e,t,n)=>{n.d(t,{CD:()=>attempt,
rs:()=>requireAll,sm:()=>valuesOf,yh:()=>warnOnFailure});var r=n(20528);var s=n(42065);async function attempt(e,t){try{return{done:true,value:await t()}}catch(t){return{done:false,name:e,error:t}}}function requireAll(e,t){t?.throwIfAborted();const n=e.filter(e=>!e.done);const[r,...i]=n;if(r===undefined)return valuesOf(e);if(i.every(({error:e})=>isSameReason(e,r.error)))throw r.error;const o=n.find(({error:e})=>!(e instanceof s.yo));if(o)throw o.error;const a=groupByReason(n)
;const c=a.map(describeFailure).join("\n");throw new s.yo(`${n.length} of ${e.length} failed:\n${c}`,{failures:a.map(nameFailure)})}function groupByReason(e){const t=[];for(const{name:n,error:r}of e){const e=t.find(e=>isSameReason(e.error,r));if(e)e.names.push(n);else t.push({names:[n],error:r})}return t.map(({names:e,error:t})=>({name:e.join(", "),error:t}))}function isSameReason(e,t){if(e===t)return true;return e instanceof r.gl&&t instanceof r.gl&&e.reason===t.reason}function valuesOf(e){
return e.flatMap(e=>e.done?[e.value]:[])}function describeFailure({name:e,error:t}){const n=t instanceof s.yo&&t.hint!==undefined?`\n  ${t.hint}`:"";return`- ${addName(e,(0,s.bD)(t))}${n}`}function nameFailure({name:e,error:t}){const{hint:n,location:r}=t instanceof s.yo?t:{hint:undefined,location:undefined};return new s.yo(addName(e,(0,s.bD)(t)),{hint:n,location:r,cause:t})}function addName(e,t){return t.startsWith(`${e}: `)?t:`${e}: ${t}`}async function warnOnFailure(e,t,n){try{return await n()
}catch(n){t.warning(`${e}: ${(0,s.bD)(n)}`);return undefined}}}),91994:   ((e,t,n)=>{n.d(t,{Ln:()=>writeSettings,X2:()=>c,jD:()=>isConfigured,l1:()=>f,mF:()=>makeSettings});var r=n(51455);var s=n(76760);var i=n(42065);var o=n(65188);var a=n(44576);async function writeSettings({etc:e,privileges:t,recorder:n},o,c){const read=t=>(0,r.readFile)((0,s.join)(e,t),"utf8").catch(()=>"");const d=await read("group");const u=planBuildUsers(d,await read("passwd"),Math.max(c,8))
;const{defaults:f,required:$}=makeSettings(o);const h=[f.join("\n"),$.join("\n")];if(n!==undefined)await n.add({settings:await describeSettingsChange(e,h,t),...u&&{users:describeUsersChange(u,d)}});const m=[...h,u?.passwd??"",u?.group??""];const w=await(0,a.y)(t,"sh",["-c",l,"configure",e,...m]);if(w.code===0)return;throw new i.yo(`Nix's settings could not be written to ${e}: ${w.stderr.trim()}`)}async function describeSettingsChange(e,[t,n],i){const a=(0,s.join)(e,"nix");const c=(0,
s.join)(a,"nix.conf");const read=e=>(0,r.readFile)((0,s.join)(a,e),"utf8").catch(()=>undefined);const describe=async(e,t)=>{const n=await read(e);return[e,{...n!==undefined&&{before:n},after:`${t}\n`}]};return{hadFolder:await(0,o.t2)(a),hadConf:await(0,o.t2)(c),hadIncludes:await hasIncludes(c,i),files:Object.fromEntries([await describe(d,t),await describe(u,n)])}}async function hasIncludes(e,t){if(!await(0,o.t2)(e))return false;const n=await(0,r.readFile)(e,"utf8").catch(()=>undefined)
;if(n!==undefined)return n.split("\n").includes(f[1]);return(await(0,a.y)(t,"grep",["-qxF",f[1],e])).code===0}function describeUsersChange({passwd:e,group:t},n){const r=n.split("\n").find(e=>e.startsWith(`${c}:`));return{passwd:e.split("\n").filter(Boolean),hadLineEnd:!e.startsWith("\n"),group:{...r!==undefined&&{before:r},after:t}}}function isConfigured(e="/"){return(0,o.t2)((0,s.join)(e,"etc/nix",u))}const c="nixbld";const d="nix-multiarch.conf";const u="nix-multiarch-needed.conf"
;const f=[`!include ${d}`,`!include ${u}`];const l=String.raw`
set -eu
umask 022
etc=$1 defaults=$2 required=$3 users=$4 group=$5
if [ -n "$group" ]; then
  printf '%s' "$users" >>"$etc/passwd"
  if grep -q '^${c}:' "$etc/group"
  then sed -i "s|^${c}:.*|$group|" "$etc/group"
  else printf '%s\n' "$group" >>"$etc/group"
  fi
fi
mkdir -p "$etc/nix"
printf '%s\n' "$defaults" >"$etc/nix/${d}"
printf '%s\n' "$required" >"$etc/nix/${u}"
file=$etc/nix/nix.conf
grep -qxF '${f[1]}' "$file" 2>/dev/null || {
  [ -e "$file" ] || : >"$file"
  # It may be a link.
  file=$(readlink -f "$file")
  new=$file.nix-multiarch
  # It may contain secrets, so the new file gets the permissions of the old one.
  cp -p "$file" "$new"
  { echo '${f[0]}'; cat "$file"; printf '\n%s\n' '${f[1]}'; } >"$new"
  mv "$new" "$file"
}
`;function makeSettings({mode:e,user:t,sandbox:n,filterSyscalls:r,shell:s}){const i=`sandbox = ${n}`;return{defaults:["max-jobs = auto","fallback = true","connect-timeout = 10",`build-users-group = ${e==="daemon"?c:""}`.trimEnd(),...n?[i]:[]],required:["extra-experimental-features = nix-command flakes",...n?[]:[i],...r?[]:["filter-syscalls = false"],...s===undefined?[]:[`extra-sandbox-paths = /bin/sh=${s}`],...e==="daemon"&&t!=="root"?[`extra-trusted-users = ${t}`]:[]]}}
function planBuildUsers(e,t,n){const[,,r=String(findFreeId(idsOf(e))),s=""]=fieldsOf(e).find(([e])=>e===c)??[];if(s.trim()!=="")return undefined;const i=new Set(fieldsOf(t).map(([e])=>e));const o=Array.from({length:n},(e,t)=>`${c}${t+1}`);const a=idsOf(t);const d=o.filter(e=>!i.has(e)).map(e=>{const t=findFreeId(a);a.add(t);return`${e}:x:${t}:${r}:Nix builds as this user:/var/empty:/usr/sbin/nologin\n`});const u=t===""||t.endsWith("\n")?"":"\n";return{passwd:u+d.join(""),
group:`${c}:x:${r}:${o.join(",")}`}}function fieldsOf(e){return e.split("\n").map(e=>e.split(":"))}function idsOf(e){return new Set(fieldsOf(e).map(([,,e])=>Number(e)))}const $=3e4;function findFreeId(e){let t=$;while(e.has(t))t++;return t}}),82827:   ((e,t,n)=>{n.d(t,{$:()=>withMachineLock});var r=n(31421);var s=n(78474);var i=n(42065);const o=1e3;async function withMachineLock(e,t,n){const{PATH:i}=t.env??process.env;const o=(0,r.spawn)("flock",[e,"sh","-c","echo held; exec cat"],{env:{PATH:i},
stdio:["pipe","pipe","ignore"],detached:true});const a=(0,s.once)(o,"close").catch(()=>{});o.stdin.on("error",()=>{});try{await waitForLock(o,a,t);return await n()}finally{o.stdout.resume();o.stdin.end();await a}}async function waitForLock(e,t,{signal:n,timeoutMs:r,onWait:a}){const c=setTimeout(a,o);const d=AbortSignal.any([n,AbortSignal.timeout(r)]);try{await Promise.race([(0,s.once)(e.stdout,"data",{signal:d}),t])}catch{e.kill();n.throwIfAborted()
;throw new i.yo(`Another process on this machine has been installing Nix for more than ${r/1e3} s`,{hint:"If that installation hangs, end its process and run this again."})}finally{clearTimeout(c)}}}),24869:   ((e,t,n)=>{n.d(t,{N_:()=>recordFolderOf,Xw:()=>dropLostChanges,aE:()=>readRecord,b8:()=>listLiveUses,e6:()=>mergeChanges,rh:()=>writeRecord,wV:()=>readBootId});var r=n(51455);var s=n(76760);var i=n(42065);var o=n(94301);var a=n(44576);var c=n(56868);function recordFolderOf(e){return(0,
s.join)(e,"etc/nix-multiarch")}async function readRecord(e){const t=(0,s.join)(recordFolderOf(e),"record.json");const n=await(0,r.readFile)(t,"utf8").catch(()=>undefined);if(n===undefined)return undefined;try{const e=(0,o.eB)((0,o.qF)(n,"the record"),"the record");for(const t of(0,o._j)(e.uses,"uses"))(0,o.oJ)((0,o.eB)(t,"a use").folder,"folder");(0,o.eB)(e.changes,"changes");return e}catch(e){throw new i.yo(`${t} cannot be read: ${e instanceof Error?e.message:e}`,{
hint:"It lists what was changed on this machine. Undo the changes, and delete the file.",cause:e})}}const d=`\nset -eu\numask 022\nmkdir -p "$1"\nprintf '%s\\n' "$2" >"$1/record.json.new"\nsync "$1/record.json.new" 2>/dev/null || :\nmv -f "$1/record.json.new" "$1/record.json"\n`;async function writeRecord(e,t,n){const r=recordFolderOf(e);const s=["-c",d,"record",r,JSON.stringify(t)];const o=await(0,a.y)(n,"sh",s);if(o.code===0)return
;throw new i.yo(`${r} cannot be written: ${o.stderr.trim()||`exit code ${o.code}`}`)}async function readBootId(e="/proc"){return(await(0,r.readFile)((0,s.join)(e,"sys/kernel/random/boot_id"),"utf8").catch(()=>"")).trim()}async function listLiveUses(e,t){const n=await Promise.all(e.map(e=>isLive(e,t)));return e.filter((e,t)=>n[t])}async function isLive({folder:e,boot:t,worker:n},s){if(t!==s||n!==undefined&&!await(0,c.W_)(n))return false;return(0,
r.stat)(e).then(()=>true,e=>!["ENOENT","ENOTDIR"].includes((0,i.$N)(e)??""))}function dropLostChanges(e,t){const{kvm:n,interpreters:r,...s}=e;return{...s,...n?.boot===t&&{kvm:n},...r?.boot===t&&{interpreters:r}}}function mergeChanges(e,t){return{...e,...t,...e.kvm&&{kvm:e.kvm},...e.settings&&t.settings&&{settings:mergeSettings(e.settings,t.settings)},...e.users&&t.users&&{users:mergeUsers(e.users,t.users)},...e.interpreters&&t.interpreters&&{interpreters:{...e.interpreters,entries:{
...t.interpreters.entries,...e.interpreters.entries}}}}}function mergeSettings(e,t){const n=Object.entries(t.files).map(([t,{after:n,...r}])=>{const{after:s,...i}=e.files[t]??{...r,after:n};return[t,{...i,after:n}]});return{...e,files:{...e.files,...Object.fromEntries(n)}}}function mergeUsers(e,t){const{after:n,...r}=e.group;return{hadLineEnd:e.hadLineEnd,passwd:[...new Set([...e.passwd,...t.passwd])],group:{...r,after:t.group.after}}}}),56868:   ((e,t,n)=>{n.d(t,{KJ:()=>listProcessTree,
W_:()=>isRunning,Wv:()=>readProcess,pX:()=>findAncestor});var r=n(51455);var s=n(76760);async function readProcess(e,t="/proc"){const n=await readProcessStat(e,t);return n&&{pid:e,startTime:n.startTime}}async function isRunning({pid:e,startTime:t},n="/proc"){return(await readProcessStat(e,n))?.startTime===t}async function listProcessTree(e,t="/proc"){if(!await isRunning(e,t))return[];const n=(await(0,r.readdir)(t)).filter(e=>/^\d+$/.test(e))
;const s=await Promise.all(n.map(e=>readProcessStat(Number(e),t)));const i=s.filter(Boolean);const descendantsOf=e=>i.flatMap(t=>t?.parent===e?[t,...descendantsOf(t.pid)]:[]);return[e,...descendantsOf(e.pid)]}async function findAncestor(e,t,n="/proc"){const r=await readProcessStat(e,n);if(r===undefined||r.parent===0)return undefined;const s=await readProcessStat(r.parent,n);if(s?.name!==t)return findAncestor(r.parent,t,n);return{pid:s.pid,startTime:s.startTime}}
async function readProcessStat(e,t){const n=await(0,r.readFile)((0,s.join)(t,String(e),"stat"),"latin1").catch(()=>"");const[i,o,...a]=n.slice(n.lastIndexOf(")")+2).split(" ");const c=a[17];if(c===undefined||i==="Z"||i==="X")return undefined;const d=n.slice(n.indexOf("(")+1,n.lastIndexOf(")"));return{pid:e,startTime:c,parent:Number(o),name:d}}}),13795:   ((e,t,n)=>{n.d(t,{Hb:()=>readRecordedDaemon,LC:()=>startDaemon,OS:()=>forgetDaemon,PJ:()=>isDaemonAnswering});var r=n(51455);var s=n(77030)
;var i=n(76760);var o=n(3961);var a=n(42065);var c=n(44576);var d=n(24869);var u=n(56868);var f=n(14717)
;const l=`\nset -eu\numask 022\nlog=$1 program=$2 record=$3\nmkdir -p "$(dirname "$log")"\nsetsid "$program" </dev/null >"$log" 2>&1 &\npid=$!\nif [ -n "$record" ] && read -r process <"/proc/$pid/stat"; then\n  # The start time is the 20th field after the name, which may contain spaces.\n  set -- \${process##*) }\n  shift 19\n  mkdir -p "$record"\n  echo "$pid $1 $log" >"$record/daemon.new"\n  mv -f "$record/daemon.new" "$record/daemon"\nfi\necho "$pid"\n`;const $=2e4
;async function startDaemon(e){const{bin:t,folder:n,variables:r,privileges:s,signal:o,recordFolder:a=""}=e;const d=socketOf(n);if(await isAnswering(d,w))return undefined;const $=(0,i.join)(n,"var/log/nix-multiarch/daemon.log");const h=["-c",l,"start",$,(0,i.join)(t,"nix-daemon"),a];const m=await(0,c.y)(s,"sh",h,{variables:r});const p=m.code===0?await(0,u.Wv)(Number(m.stdout.trim())):undefined;if(p===undefined)throw await describeStartFailure($,m.stderr);const g={pid:p.pid,startTime:p.startTime,
log:$};try{await waitUntilReady(g,d,o);return g}catch(e){await(0,f.ZI)(g,s);throw e}}async function waitUntilReady(e,t,n){const r=Date.now()+$;n.throwIfAborted();while(!await isAnswering(t,$)){if(Date.now()>r||!await(0,u.W_)(e))throw await describeStartFailure(e.log,"");await o.ml.sleep(f.fv,n)}}async function describeStartFailure(e,t){const n=t+await(0,r.readFile)(e,"utf8").catch(()=>"");const s=n.trim().split("\n").slice(-5).join("\n")
;return new a.yo(`Nix's daemon did not start: ${s||"its log is empty"}`)}async function readRecordedDaemon(e){const t=await(0,r.readFile)((0,i.join)((0,d.N_)(e),"daemon"),"utf8").catch(()=>"");const[,n,s,o]=/^(\d+) (\d+) (.+)$/m.exec(t)??[];return o===undefined?undefined:{pid:Number(n),startTime:String(s),log:o}}async function forgetDaemon(e,t){await(0,c.y)(t,"rm",["-f",(0,i.join)((0,d.N_)(e),"daemon")])}function isDaemonAnswering(e="/"){return isAnswering(socketOf((0,i.join)(e,"nix")),w)}
function socketOf(e){return(0,i.join)(e,"var/nix/daemon-socket/socket")}const h=Buffer.from("6378696e00000000","hex");const m=Buffer.from("6f69786400000000","hex");const w=5e3;function isAnswering(e,t){return new Promise(n=>{const r=(0,s.connect)(e);let i=Buffer.alloc(0);const end=e=>{r.destroy();n(e)};r.setTimeout(t,()=>end(false));r.on("error",()=>end(false));r.on("close",()=>end(false));r.on("connect",()=>r.write(h));r.on("data",e=>{i=Buffer.concat([i,e]);if(i.length<m.length)return
;end(i.subarray(0,m.length).equals(m))})})}}),14717:   ((e,t,n)=>{n.d(t,{ZI:()=>stopDaemon,fv:()=>o,ly:()=>isInUse});var r=n(3961);var s=n(44576);var i=n(56868);const o=10;const a=1500;async function isInUse(e,t=a){const n=Date.now()+t;while((await(0,i.KJ)(e)).length>1){if(Date.now()>n)return true;await r.ml.sleep(o*5)}return false}const c=3e3;const d=1e3;async function stopDaemon(e,t){const n=await(0,i.KJ)(e);for(const[e,r]of[["TERM",c],["KILL",d]]){const i=await filterRunning(n)
;if(i.length===0)return true;const o=i.map(({pid:e})=>e).join(" ");await(0,s.y)(t,"sh",["-c",`kill -${e} ${o}`]);if(await waitForExit(n,r))return true}return false}async function waitForExit(e,t){const n=Date.now()+t;while((await filterRunning(e)).length>0){if(Date.now()>n)return false;await r.ml.sleep(o)}return true}async function filterRunning(e){const t=await Promise.all(e.map(e=>(0,i.W_)(e)));return e.filter((e,n)=>t[n])}}),44576:   ((e,t,n)=>{n.d(t,{a:()=>canUseRoot,y:()=>runAsRoot})
;var r=n(50851);var s=n(42065);const i='while IFS= read -r assignment; do export "$assignment"; done; exec "$@" </dev/null';const o=1e4;async function canUseRoot(e,t=o){if(e.uid===undefined)return false;if(e.uid===0)return true;const n=runAsRoot(e,"true",[]).then(({code:e})=>e===0);return(0,r.wj)(t,n,()=>new Error("sudo does not respond")).catch(()=>false)}async function runAsRoot(e,t,n,r={}){const{signal:s,variables:o,...a}=r;s?.throwIfAborted()
;const terminate=t=>void runAsRoot(e,"sh",["-c",`kill -TERM ${t}`]);const c=forwardAbort(s,terminate);try{const r=c.start;if(o===undefined)return await runWithSudo(e,[t,...n],{...a,onStart:r});const s=["sh","-c",i,"sh",t,...n];return await runWithSudo(e,s,{...a,input:formatVariables(o),onStart:r})}finally{c.stop();s?.throwIfAborted()}}function formatVariables(e){const t=Object.entries(e).filter(([,e])=>!/[\n\0]/.test(e));return t.map(([e,t])=>`${e}=${t}\n`).join("")}
async function runWithSudo({exec:e,uid:t,ownsTarget:n=t===0},r,i){const[o="",...a]=n?r:["sudo","-n",...r];try{return await e(o,a,{input:"",...i,clean:true,env:{LC_ALL:"C"}})}catch(e){return{code:127,stdout:"",stderr:(0,s.bD)(e)}}}function forwardAbort(e,terminate){let onAbort=()=>{};return{start(t){onAbort=()=>terminate(t);if(e?.aborted)onAbort();else e?.addEventListener("abort",onAbort,{once:true})},stop:()=>e?.removeEventListener("abort",onAbort)}}})};
//# sourceMappingURL=5261.index.js.map
