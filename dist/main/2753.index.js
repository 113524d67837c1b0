export const id=2753;export const ids=[2753];export const modules={72753:   ((t,a,r)=>{r.r(a);r.d(a,{start:()=>start});var s=r(37372);var o=r(88878);var n=r(12769);var c=r(26319);var e=r(7836);async function start(){await(0,e.eF)(o.I,async t=>{const a=(0,c.eP)(n.$9,(0,c.RG)(process.env),t);await(0,s.build)(a,t)})}})};
//# sourceMappingURL=2753.index.js.map
