export const id=6646;export const ids=[6646];export const modules={36646:   ((t,a,r)=>{r.r(a);r.d(a,{start:()=>start});var s=r(144);var n=r(88878);var o=r(12769);var c=r(26319);var e=r(7836);async function start(){await(0,e.eF)(n.I,async t=>{const a=(0,c.eP)(o.KJ,(0,c.RG)(process.env),t);await(0,s.plan)(a,t)})}})};
//# sourceMappingURL=6646.index.js.map
