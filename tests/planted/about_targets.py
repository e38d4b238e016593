"""Faults of targets and preferences, and requests that several rules starve."""

from tests.planted.families import FLAG, FLAGS, FOUND, Family

STARVED, PERMITTED = "request-starved", "target-never-permitted"
CHOSEN, CANCEL = "target-never-chosen", "preferences-cancel"
ORDER, UNKNOWN = "choice-rests-on-order", "decision-rests-on-unknown"
T1, T2, F1, BOTH = ("@t1",), ("@t2",), ("@f1",), ("@r1", "@r2")
PRICED = (
    "attr request.tokens : int in 1 .. 3 default 1\n"
    "attr request.max_output_tokens : int in 1 .. 3 default 1\n"
)

FAMILIES = (
    # --- requests that nobody takes ---------------------------------------------------
    Family(
        STARVED,
        FLAGS + "rule @r1 { when @f1 and target.at == cloud deny }\n"
        "rule @r2 { when @f2 <<||and not @f1>> and target.at == local deny }",
    ),
    Family(
        STARVED,
        FOUND + FLAG + "rule @r1 { when sends @l1 <<||and not @f1>> and target.at == cloud deny }\n"
        "rule @r2 { when @f1 and target.at == local deny }",
    ),
    Family(
        STARVED,
        FLAGS + "rule @r1 { when @f1 only target.at == cloud }\n"
        "rule @r2 { when @f2 <<||and not @f1>> only target.at == local }",
    ),
    Family(
        STARVED,
        "attr @f1 : int in 0 .. 4 default 1\n"
        "rule @r1 { when @f1 > 0 and target.name == @t1 deny }\n"
        "rule @r2 { when @f1 > 1 and target.name == @t2 deny }\n"
        "rule @r3 { when @f1 <<> 2||== 0>> and target.name == @t3 deny }",
        counts=(3,),
    ),
    Family(
        STARVED,
        "attr @f1 : int in 0 .. 9 default 1\nattr @f2 : bool default false\n"
        "field sees : bool default false\n"
        "rule @r1 { when @f1 > target.context deny }\n"
        "rule @r2 { when @f2 <<||and @f1 < 2>> unless target.sees deny }",
        counts=(2,),
        fields=("context @n1  sees true", "context 8"),
    ),
    Family(
        STARVED,
        FLAG + "rule @r1 { when @f1 and target.name == @t2 deny }",
        frame="edge",
        counts=(2,),
        fields=(
            "vision <<false||true>>  tools true  accepts_opaque true",
            "vision true  tools true  accepts_opaque true",
        ),
        mixes=False,
    ),
    # --- a target that is never permitted ---------------------------------------------
    Family(
        PERMITTED, FLAG + "rule @r1 { when target.name == @t1 <<||and @f1>> deny }", T1, mixes=False
    ),
    Family(
        PERMITTED,
        "attr @f1 : int in 1 .. 3 default 1\nfield depth : int in 0 .. 9\n"
        "rule @r1 { only target.depth >= @f1 }",
        T1,
        counts=(3,),
        fields=("<<||depth 1>>", "depth 2", "depth 3"),
        mixes=False,
    ),
    Family(
        PERMITTED,
        FLAGS + "rule @r1 { when @f1 and target.name == @t2 deny }\n"
        "rule @r2 { when target.name == @t2 unless @f1 <<||or @f2>> deny }",
        T2,
        mixes=False,
    ),
    Family(
        PERMITTED,
        "attr @f1 : int in 10 .. 14 default 12\nrule @r1 { when @f1 > target.context deny }",
        T2,
        counts=(2,),
        fields=("context 20", "context <<9||12>>"),
        mixes=False,
    ),
    Family(
        PERMITTED,
        "attr @f1 : int in 0 .. 9 default 0\n"
        "rule @r1 { when target.name == @t1 and (@f1 < 5 or @f1 >= <<5||7>>) deny }",
        T1,
        mixes=False,
    ),
    # --- a target that is never chosen ------------------------------------------------
    Family(
        CHOSEN,
        FLAG + "rule @r1 { when @f1 and target.name == @t1 prefer <<0.1||60>> }",
        T1,
        frame="scored",
        counts=(2,),
        mixes=False,
    ),
    Family(
        CHOSEN,
        FLAG + "rule @r1 { when target.name == @t1 and <<not @t2.up||@f1>> deny }",
        T1,
        frame="full",
        counts=(2,),
    ),
    Family(
        CHOSEN,
        FLAG + "rule @r1 { when target.name == @t2 <<||and @f1>> avoid 80 }",
        T2,
        frame="scored",
        counts=(2,),
        mixes=False,
    ),
    Family(
        CHOSEN,
        PRICED + "rule @r1 { score -1 * target.cost / $1 }",
        T1,
        frame="bare",
        counts=(2,),
        fields=("price in $2 out <<$2||$0.40>> per 1", "price in $1 out $1 per 1"),
        mixes=False,
    ),
    Family(
        CHOSEN,
        FLAGS + "rule @r1 { when @f1 deny }\n"
        "rule @r2 { when target.name == @t1 and <<@f1||@f2>> prefer 70 }",
        T1,
        frame="scored",
        counts=(2,),
        mixes=False,
    ),
    # --- preferences that cancel ------------------------------------------------------
    Family(
        CANCEL,
        FLAGS + "rule @r1 { when @f1 and target.name == @t1 prefer 60 }\n"
        "rule @r2 { when @f1 <<||and @f2>> and target.name == @t1 avoid 60 }",
        BOTH,
    ),
    Family(
        CANCEL,
        "attr @f1 : int in 0 .. 2 default 0\nattr @f2 : int in 0 .. 2 default 0\n"
        "rule @r1 { when target.name == @t1 score 50 * @f1 }\n"
        "rule @r2 { when target.name == @t1 score -50 * <<@f1||@f2>> }",
        BOTH,
    ),
    Family(
        CANCEL,
        FLAGS + "rule @r1 { when @f1 and target.at == @p1 prefer 60 }\n"
        "rule @r2 { when <<@f1||@f2>> and target.name == @t1 score -60 }",
        BOTH,
    ),
    Family(
        CANCEL,
        FLAGS + "rule @r1 { when target.name == @t1 score if(@f1, 70, 0) }\n"
        "rule @r2 { when target.name == @t1 avoid if(<<@f1||@f2>>, 70, 0) }",
        BOTH,
    ),
    Family(
        CANCEL,
        "attr @f1 : int in 0 .. 3 default 0\n"
        "rule @r1 { when @f1 >= 2 and target.name == @t1 prefer 90 }\n"
        "rule @r2 { when not (@f1 < <<2||3>>) and target.name == @t1 score -90 }",
        BOTH,
    ),
    # --- a choice that rests on the order of declaration ------------------------------
    Family(
        ORDER,
        "field merit : int in 0 .. 9\nrule @r1 { <<cap top_p 0.5||score target.merit>> }",
        frame="open",
        counts=(2,),
        fields=("merit 1", "merit 2"),
        mixes=False,
    ),
    Family(
        ORDER,
        FLAG + "rule @r1 { when target.name == @t1 and @f1 prefer <<10||11>> }\n"
        "rule @r2 { when target.name == @t2 prefer 10 }",
        frame="open",
        counts=(2,),
        mixes=False,
    ),
    Family(
        ORDER,
        "attr @f1 : int in 1 .. 3 default 1\nattr @f2 : int in 1 .. 3 default 1\n"
        "rule @r1 { when target.name == @t1 score 3 * @f1 }\n"
        "rule @r2 { when target.name == @t2 score 2 * @f2 <<||+ 0.5>> }",
        frame="open",
        counts=(2,),
        mixes=False,
    ),
    Family(
        ORDER,
        "attr @f1 : int in 1 .. 3 <<||default 2>>\n"
        "rule @r1 { when target.name == @t2 prefer 10 * @f1 }",
        frame="open",
        counts=(2,),
        mixes=False,
    ),
    Family(
        ORDER,
        PRICED + "rule @r1 { avoid target.cost / $1 }",
        frame="open",
        counts=(2,),
        fields=("price in $3 out $1 per 1", "price in <<$3||$2>> out $1 per 1"),
        mixes=False,
    ),
    # --- a decision that rests on something unknown -----------------------------------
    Family(UNKNOWN, "attr @f1 : bool <<||default false>>\nrule @r1 { when @f1 deny }", F1),
    Family(
        UNKNOWN,
        '<<attr @f1 : bool||signal @f1 : bool from match words "@w1">>\n'
        "rule @r1 { when @f1 block }",
        F1,
    ),
    Family(
        UNKNOWN,
        'attr @f1 : string <<||default "@w1">>\nrule @r1 { only target.zone == @f1 }',
        F1,
        counts=(2,),
        fields=('zone "@w1"', 'zone "@w1"'),
    ),
    Family(
        UNKNOWN,
        "attr @f1 : enum { @w1, @w2 } <<||default @w1>>\nrule @r1 { when @f1 != @w1 block }",
        F1,
    ),
    Family(
        UNKNOWN,
        "attr @f1 : int in 0 .. 5 <<||default 0>>\nrule @r1 { when @f1 + 1 > target.context deny }",
        F1,
        counts=(2,),
        fields=("context 3", "context 4"),
    ),
    Family(
        UNKNOWN,
        "signal @f1 : bool <<||stale after 5s = false>>\n"
        "attr @f2 : bool default true\nrule @r1 { when not @f1 deny }\nrule @r2 { when @f2 hold }",
        F1,
    ),
)
