"""Policies that use what neither the planted nor the random ones do."""

CORNERS = {
    "no targets": r"""policy corner version "1"
attr a.b : bool
rule r { when a.b and not a.b deny }
""",
    "one target": r"""policy corner version "1"
target only_one { at local }
attr a.b : bool
rule r { when a.b deny }
rule s { when target.at == cloud deny }
rule t { prefer 3 }
""",
    "model label and signal": r"""policy corner version "1"
label pii.name
label pii.id
detector people -> pii.name { model "names" class PER cost 5ms }
detector ids -> pii.id { match /ID[0-9]{4}/ }
signal task.hard : ratio from model "hard" cost 2ms
target ward { at local }
target far { at cloud }
rule raw { when sends pii below redact and target.at == cloud deny }
rule treat { when found pii.id redact pii.id }
rule treat2 { tokenize pii.name }
rule hard { when task.hard >= 0.7 and target.at == cloud prefer 10 }
rule easy { when task.hard < 0.7 and target.at == local prefer 10 }
rule neg { when not found pii.name and target.at == local deny }
""",
    "units": r"""policy corner version "1"
signal net.rtt : duration stale after 5s = 10s
attr budget.left : money
attr free : size default 1GiB
target ward { at local }
target far { at cloud }
rule slow { when net.rtt > 80ms and target.at == cloud deny }
rule slower { when net.rtt > 200ms and target.at == cloud deny }
rule poor { when budget.left < $0.01 and target.at == cloud deny }
rule full { when free <= 512MiB and target.at == local deny }
rule rank { when target.at == cloud prefer 5 }
""",
    "tool calls": r"""policy corner version "1"
attr tool.at : enum { local, premises, cloud }
attr tool.name : string
label key
detector keys -> key { match /KEY-[0-9]{4}/ }
target ward { at local }
target far { at cloud }
rule away { on tool_call when tool.at == cloud and found key deny }
rule bad { on tool_call when tool.name == "rm" deny }
rule bad2 { on any when tool.name == "rm" and found key hold }
rule cloudy { on tool_call when tool.at == cloud redact key }
rule raw { on tool_call when sends key and tool.at == cloud deny }
rule rank { when target.at == cloud prefer 5 }
rule points { on response prefer 5 }
""",
    "fields without value": r"""policy corner version "1"
field baa : bool
field level : int in 0 .. 5
attr need : int in 0 .. 3
target ward { at local  baa true  level 2 }
target far { at cloud }
rule b { when not target.baa hold }
rule l { when need > target.level deny }
rule p { score target.level }
rule o { when target.level == 2 cap top_p 0.5 }
""",
    "lets and signals of targets": r"""policy corner version "1"
target ward { at local }
target far { at cloud }
let busy = target.queue > 3 or far.errors > 50%
let both = ward.up and far.up
rule q { when busy and target.at == cloud avoid 10 }
rule w { when target.at == cloud prefer 5 }
rule d { unless both only target.up }
rule e { when target.rtt > 100ms and target.at == cloud deny }
""",
    "details": r"""policy corner version "1"
label a.d generalize by month
label a.e
detector x -> a.d { match /D[0-9]{4}/ }
detector y -> a.e { match /E[0-9]{4}/ }
attr f : bool default false
attr g : bool default false
target t { at local }
target u { at cloud }
rule one { generalize a.d }
rule two { when f generalize a.d by year }
rule three { when g generalize a.d by month }
rule four { when f redact a.e with "[x]" }
rule five { when g redact a.e with "[y]" }
rule six { when f and g redact a.e with "[z]" }
rule rank { when target.at == cloud prefer 5 }
""",
    "hold": r"""policy corner version "1"
attr f : bool
attr g : bool default false
target t { at local }
target u { at cloud }
rule h { when f hold }
rule b { when g and f deny }
rule rank { when target.at == cloud prefer 5 }
rule flip { when g and target.at == local prefer 7 hold }
""",
    "edge": r"""policy corner version "1"
import std.edge
target t { at local context 8k tools true }
target u { at cloud context 8k vision true }
rule rank { when target.at == cloud prefer 5 }
rule mine { when step.kind == tool only target.at == local }
rule dead { when not target.up and target.at == cloud deny }
""",
    "edge complexity": r"""policy corner version "1"
import std.edge
target t { at local context 8k }
target u { at cloud context 8k baa true }
rule hard { when task.complexity >= 0.7 and target.at == cloud prefer 5 }
rule region {
  when caller.region == "eu" and target.at == cloud unless target.jurisdiction == "eu" deny
}
rule online { when not net.online and target.at == cloud deny }
""",
    "strings": r"""policy corner version "1"
attr who.tenant : string
attr who.path : string default ""
target t { at local zone "eu-1" }
target u { at cloud zone "us-1" }
rule a { when who.tenant like "eu*" and target.zone like "us*" deny }
rule b { when who.tenant like "eu-*" and target.at == cloud deny }
rule c { when who.path == "eu" and who.path like "*-1" deny }
rule d { when who.path in { "eu-1", "us-1" } only target.zone == who.path }
rule rank { when target.at == cloud prefer 5 }
""",
    "sets": r"""policy corner version "1"
attr roles : set { doctor, nurse, admin }
field able : set { doctor, nurse, admin } default { }
target t { at local able { doctor, nurse } }
target u { at cloud able { admin } }
rule a { when roles has doctor and not target.able has doctor deny }
rule b { when roles has admin only target.able has admin }
rule c { when roles == target.able prefer 2 }
rule rank { when target.at == cloud prefer 5 }
""",
    "any": r"""policy corner version "1"
label a.x
label a.y
label b under a.x
detector dx -> a.x { match /X[0-9]{4}/ }
detector dy -> a.y { match /Y[0-9]{4}/ }
detector db -> b { match /B[0-9]{4}/ }
attr f : bool default false
target t { at local }
target u { at cloud }
rule one { redact any except a }
rule two { mask a.x }
rule three { when f hash b except a.x }
rule s { when sends any below hash and target.at == cloud deny }
rule rank { when target.at == cloud prefer 5 }
""",
    "disabled by pair": r"""policy corner version "1"
attr f : bool default false
attr g : bool default false
target t { at local }
target u { at cloud }
rule a { when f and target.at == cloud deny }
rule b { when not f and g and target.at == cloud deny }
rule c { when g and target.at == cloud deny }
rule d { when (f or g) and target.at == cloud hold }
rule rank { when target.at == cloud prefer 5 }
""",
    "roles": r"""policy corner version "1"
label k
detector d -> k { match /K[0-9]{4}/ }
target t { at local }
target u { at cloud }
rule a { when sends k from user and target.at == cloud deny }
rule b { when found k from { system, tool } redact k }
rule c { when count k from user > 1 and count k < 2 deny }
rule rank { when target.at == cloud prefer 5 }
""",
    "unknown if": r"""policy corner version "1"
attr f : bool
attr n : int in 0 .. 3
attr m : int in 0 .. 3 default 0
target t { at local }
target u { at cloud }
rule a { when if(f, n > 1, m > 1) and target.at == cloud deny }
rule b { when max(n, m) > 2 block }
rule c { score if(f, 2 * n, m) }
rule rank { when target.at == cloud prefer 5 }
""",
    "edge alone does not starve": r"""policy corner version "1"
import std.edge
target t { at local context 8k tools true }
target u { at cloud context 8k vision true accepts_opaque true }
""",
    "edge alone does not starve, ranked": r"""policy corner version "1"
import std.edge
target t { at local context 8k tools true }
target u { at cloud context 8k vision true accepts_opaque true }
rule rank { when target.at == cloud prefer 5 }
""",
    "unknown treats": r"""policy corner version "1"
attr f : bool
label k
detector d -> k { match /K[0-9]{4}/ }
target t { at local }
target u { at cloud }
rule treat { when f redact k }
rule odd { when found k and not sends k deny }
rule rank { when target.at == cloud prefer 5 }
""",
    "unknown treats what is sent": r"""policy corner version "1"
attr f : bool
label k
detector d -> k { match /K[0-9]{4}/ }
target t { at local }
target u { at cloud }
rule treat { when f hash k }
rule raw { when sends k and f deny }
rule rank { when target.at == cloud prefer 5 }
""",
    "unknown amounts": r"""policy corner version "1"
attr n : int in 0 .. 3
attr f : bool
target t { at local }
target u { at cloud }
rule a { when f and target.at == cloud prefer 2 * n }
rule b { when f and target.at == cloud avoid n + n }
rule c { when f and n >= 0 and target.at == local prefer 3 }
rule d { when f and target.at == local avoid 3 }
rule e { when f and n > 0 and target.at == local prefer n }
rule g { when f and target.at == local score -1 * n }
""",
    "blocks": r"""policy corner version "1"
attr f : bool default false
attr g : bool default false
attr h : bool default false
target t { at local }
target u { at cloud }
rule a { when f and g block }
rule b { when f and target.at == cloud deny }
rule c { when g and target.at == local deny }
rule d { when h only target.at == local }
rule e { when h and f and target.at == local hold }
rule rank { when target.at == cloud prefer 5 }
""",
    "unknown labels": r"""policy corner version "1"
label p.a
label p.b
detector people -> p.a { model "names" class PER }
detector d -> p.b { match /K[0-9]{4}/ }
attr f : bool default false
target t { at local }
target u { at cloud }
rule a { when found p.b mask p.b }
rule b { when not found p.b and found p.a redact p.a }
rule c { when not (found p.a or not found p.a) hash p.a }
rule s { when sends p and target.at == cloud deny }
rule s2 { when not found p and f deny }
rule c2 { when count p > 1 hold }
rule rank { when target.at == cloud prefer 5 }
""",
    "treatments in turn": r"""policy corner version "1"
label p
detector d -> p { match /K[0-9]{4}/ }
attr f : bool default false
attr g : bool default false
target t { at local }
target u { at cloud }
rule a { when f redact p }
rule b { unless f and g redact p }
rule c { when f deny mask p }
rule s { on tool_call when sends p below redact deny }
rule s2 { when sends p below redact and target.at == cloud deny }
rule rank { when target.at == cloud prefer 5 }
""",
    "both kinds of effect": r"""policy corner version "1"
label p
detector d -> p { match /K[0-9]{4}/ }
attr f : bool
target t { at local }
target u { at cloud }
rule a { when f and target.at == local mask p deny }
rule b { on any when found p tag "p" cap top_p 0.5 tools only "a" }
rule c { on any when found p cap top_p 0.7 tools only "a", "b" }
rule d { on response tag "x" }
rule e { when f or not f prefer 0 }
rule rank { when target.at == cloud prefer 5 avoid 5 }
rule rank2 { when target.at == local prefer 2 tag "q" }
""",
    "three that starve": r"""policy corner version "1"
attr f : bool default false
attr g : bool default false
attr h : bool default false
target t { at local }
target u { at cloud }
target v { at premises }
rule a { when f and target.at == cloud deny }
rule b { when g only target.at != local }
rule c { when h and target.at in { premises, cloud } deny }
rule d { when f and g and h deny }
rule rank { score if(target.name == t, 1, if(target.name == u, 2, 3)) }
""",
    "two denies of one rule": r"""policy corner version "1"
attr f : bool default false
attr n : int in 0 .. 4 default 0
target t { at local }
target u { at cloud }
rule a { when f only target.at == local only target.at == cloud }
rule b { when n > 3 only target.at == local }
rule c { when n > 2 only target.at != cloud }
rule rank { score if(target.name == t, 1, 2) }
""",
    "ties that do not count": r"""policy corner version "1"
attr n : int in 0 .. 4 default 0
target t { at local }
target u { at cloud }
target v { at cloud }
rule a { when target.at == local prefer 9 }
rule b { when n == 4 and target.at == local deny }
rule c { when n == 4 and target.name == v prefer 1 }
rule d { when target.name == v score n }
""",
    "response only": r"""policy corner version "1"
label p
detector d -> p { match /K[0-9]{4}/ }
attr f : bool
target t { at local }
target u { at cloud }
rule a { on response when sends p deny }
rule b { on response when f redact p }
rule c { on response when not found p and f deny }
rule e { on tool_call when f mask p }
rule g { on tool_call redact p }
rule h { on response hold }
rule i { on response when f hold }
rule rank { when target.at == cloud prefer 5 }
""",
}

IMPORTING = r"""policy corner version "1"
import "./ward_rules.epol" with { most = 2 }
target t { at local }
target u { at cloud }
rule rank { when target.at == cloud prefer 5 }
rule more { when ward_rules.beds > 2 and target.at == cloud deny }
rule mask_it { when found badge.number mask badge }
"""
IMPORTED = r"""module ward_rules
param most : int default 5
attr ward_rules.beds : int in 0 .. 9 default 1
label badge.number
detector numbers -> badge.number { match /B-[0-9]{4}/ }
rule full { when ward_rules.beds > most and target.at == cloud deny }
rule raw { when sends badge and target.at == cloud deny }
rule hash_it { hash badge.number }
rule never { when ward_rules.beds > 9 deny }
"""
"""A policy with a module of its own, whose rules are those of the policy."""
