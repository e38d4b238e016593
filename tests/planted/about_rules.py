"""Faults of single rules: they never fire, always fire, or change nothing."""

from tests.planted.families import FLAG, FLAGS, FOUND, FOUND_TWO, Family

NEVER, ALWAYS, NOTHING = "rule-never-fires", "rule-always-fires", "rule-changes-nothing"
R1, R2 = ("@r1",), ("@r2",)

FAMILIES = (
    # --- a condition that nothing meets -----------------------------------------------
    Family(
        NEVER,
        "attr @f1 : int in 0 .. 9 default 1\n"
        "rule @r1 { when @f1 > @n1 and @f1 < <<@n1||@n1 + 2>> @act }",
        R1,
    ),
    Family(
        NEVER,
        FOUND + "rule @r2 { @weak @l1 }\n"
        "rule @r1 { when sends @l1 <<|| below redact>> and target.at == cloud deny }",
        R1,
    ),
    Family(NEVER, FLAG + "rule @r1 { when target.at == <<premises||cloud>> and @f1 @act }", R1),
    Family(
        NEVER,
        "attr @f1 : enum { @w1, @w2, @w3 } default @w1\n"
        "rule @r1 { when @f1 != @w1 unless @f1 in { @w2<<, @w3||>> } @act }",
        R1,
    ),
    Family(
        NEVER,
        'attr @f1 : string default ""\n'
        'rule @r1 { when @f1 like "@w1-*" and @f1 <<== "@w2"||!= "@w2">> @act }',
        R1,
    ),
    Family(
        NEVER,
        "attr @f1 : set { @w1, @w2 } default { }\n"
        "rule @r1 { when @f1 has @w1 unless @f1 has @w2 or @f1 has <<@w1||@w2>> @act }",
        R1,
    ),
    Family(
        NEVER,
        FOUND_TWO + "rule @r2 { when found @l2 mask @l2 }\n"
        "rule @r1 { when count @l1 >= @n1 and count <<@l1||@l2>> < 2 @act }",
        R1,
        mixes=False,
    ),
    Family(
        NEVER,
        "attr @f1 : int in 0 .. 7 default 0\n"
        "rule @r1 { on response when @f1 == @n1 and not (@f1 >= <<@n1||@n1 + 1>>) deny }",
        R1,
    ),
    Family(
        NEVER,
        "attr @f1 : int in 0 .. 3 default 1\nattr @f2 : int in 0 .. 3 default 1\n"
        "rule @r1 { when @f1 + @f2 > <<6||4>> @act }",
        R1,
    ),
    Family(
        NEVER,
        "attr @f1 : int in 0 .. 3 default 1\nattr @f2 : int in 0 .. 3 default 1\n"
        "rule @r1 { when <<min||max>>(@f1, @f2) > @f1 @act }",
        R1,
    ),
    # --- a condition that everything meets --------------------------------------------
    Family(
        ALWAYS,
        "attr @f1 : int in 1 .. 9 default 1\nrule @r1 { when @f1 >= <<1||@n1>> @act }",
        R1,
        mixes=False,
    ),
    Family(
        ALWAYS,
        "rule @r1 { when target.at in { local, <<cloud||premises>> } cap top_p 0.5 }",
        R1,
    ),
    Family(ALWAYS, FLAG + "rule @r1 { unless @f1<< and not @f1||>> hold }", R1),
    Family(
        ALWAYS,
        FOUND + "rule @r2 { @strong @l1 }\n"
        "rule @r1 { when not sends @l1<<|| below drop and not found @l1>> cap top_p 0.5 }",
        R1,
    ),
    Family(
        ALWAYS,
        FOUND + "rule @r1 { when count @l1 <= 0 or found @l1 <<||from { user, tool }>> hold }",
        R1,
        mixes=False,
    ),
    Family(
        ALWAYS,
        "attr @f1 : enum { @w1, @w2, @w3 } default @w1\n"
        "rule @r1 { on any when @f1 == @w2 or @f1 <<!= @w2||== @w3>> hold }",
        R1,
    ),
    Family(
        ALWAYS,
        "attr @f1 : int in 0 .. 3 default 0\nattr @f2 : int in 0 .. 3 default 0\n"
        "rule @r1 { when 2 * @f1 - @f2 >= <<-3||-1>> cap max_output_tokens 99 }",
        R1,
    ),
    # --- a rule that could as well go -------------------------------------------------
    Family(
        NOTHING,
        FLAGS + "rule @r2 { when @f1 deny }\n"
        "rule @r1 { when <<@f1||@f2>> and target.at == cloud deny }",
        R1,
    ),
    Family(
        NOTHING,
        FOUND_TWO + FLAGS + "rule @r2 { when not @f1 @strong @l1 }\n"
        "rule @r3 { when @f1 drop @l2 }\nrule @r1 { when @f2 unless @f1 mask <<@l1||@l2>> }",
        R1,
    ),
    Family(
        NOTHING,
        FLAG + "rule @r1 { when @f1 and target.name == @t1 prefer <<0.1||60>> }",
        R1,
    ),
    Family(
        NOTHING,
        FLAG + "rule @r1 { when @f1 <<||and target.name == @t1>> score 60 }",
        R1,
    ),
    Family(
        NOTHING,
        FLAG + "rule @r2 { cap max_output_tokens 1k }\n"
        "rule @r1 { when @f1 cap max_output_tokens <<2k||500>> }",
        R1,
    ),
    Family(
        NOTHING,
        FLAG + 'rule @r2 { tools only "@w1", "@w2" }\n'
        'rule @r1 { when @f1 tools only "@w1"<<, "@w2", "@w3"||>> }',
        R1,
    ),
    Family(
        NOTHING,
        FLAGS + "rule @r2 { when @f1 deny }\nrule @r1 { when @f1 <<and||or>> @f2 hold }",
        R1,
    ),
    Family(
        NOTHING,
        FLAGS + "rule @r2 { when @f1 hold }\nrule @r1 { when <<@f1||@f2>> hold }",
        R2,
    ),
    Family(
        NOTHING,
        FOUND + FLAG + "rule @r2 { on any redact @l1 }\n"
        'rule @r1 { on response when @f1 redact @l1 <<||with "[gone]">> }',
        R1,
    ),
    Family(
        NOTHING,
        FOUND + FLAG + "rule @r2 { mask @l1 keep last 4 }\n"
        "rule @r1 { when @f1 mask @l1 keep last <<5||2>> }",
        R1,
    ),
    Family(
        NOTHING,
        FOUND + FLAGS + "rule @r2 { when @f1 only target.at == local }\n"
        "rule @r1 { when found @l1 and <<@f1||@f2>> and target.at == cloud deny }",
        R1,
    ),
)
