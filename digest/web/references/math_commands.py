"""Tables of the commands of mathematics that LaTeX, amsmath and amssymb have. All others are strangers' own.

`python -m tests.references --tables` sets each of them with pdflatex.
"""

from types import MappingProxyType


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Commands without arguments.
SYMBOLS = _words(
    """
    And Bbbk Box Bumpeq Cap Cup Delta Downarrow Finv Game Gamma Im Lambda Leftarrow Leftrightarrow Lleftarrow
    Longleftarrow Longleftrightarrow Longrightarrow Lsh Omega Phi Pi Pr Psi Re Rightarrow Rrightarrow Rsh Sigma
    Subset Supset Theta Uparrow Updownarrow Upsilon Vdash Vert Vvdash Xi aleph alpha amalg angle approx approxeq
    arccos arcsin arctan arg ast asymp backepsilon backprime backsim backsimeq backslash barwedge because beta beth
    between bigcap bigcirc bigcup bigodot bigoplus bigotimes bigsqcup bigstar bigtriangledown bigtriangleup biguplus
    bigvee bigwedge blacklozenge blacksquare blacktriangle blacktriangledown blacktriangleleft blacktriangleright
    bmod bot bowtie boxdot boxminus boxplus boxtimes bullet bumpeq cap cdot cdots centerdot checkmark chi circ
    circeq circlearrowleft circlearrowright circledR circledS circledast circledcirc circleddash clubsuit colon
    complement cong coprod cos cosh cot coth csc cup curlyeqprec curlyeqsucc curlyvee curlywedge curvearrowleft
    curvearrowright dag dagger daleth dashv ddagger ddots deg delta det diagdown diagup diamond diamondsuit digamma
    dim div divideontimes doteq doteqdot dotplus dots dotsb dotsc dotsi dotsm dotso doublebarwedge downarrow
    downdownarrows downharpoonleft downharpoonright ell emptyset epsilon eqcirc eqsim eqslantgtr eqslantless equiv
    eta eth exists exp fallingdotseq flat forall frown gamma gcd ge geq geqq geqslant gets gg ggg gimel gnapprox
    gneq gneqq gnsim gtrapprox gtrdot gtreqless gtreqqless gtrless gtrsim gvertneqq hbar heartsuit hom hookleftarrow
    hookrightarrow hslash iff iiint iint imath impliedby implies in inf infty injlim int intercal iota jmath kappa
    ker lVert lambda land langle lbrace lbrack lceil ldots le leadsto leftarrow leftarrowtail leftharpoondown
    leftharpoonup leftleftarrows leftrightarrow leftrightarrows leftrightharpoons leftrightsquigarrow leftthreetimes
    leq leqq leqslant lessapprox lessdot lesseqgtr lesseqqgtr lessgtr lesssim lfloor lg lhd lim liminf limsup ll
    llcorner lll ln lnapprox lneq lneqq lnot lnsim log longleftarrow longleftrightarrow longmapsto longrightarrow
    looparrowleft looparrowright lor lozenge lrcorner ltimes lvert lvertneqq maltese mapsto max measuredangle mho
    mid min models mp mu multimap nLeftarrow nLeftrightarrow nRightarrow nVDash nVdash nabla natural ncong ne
    nearrow neg neq nexists ngeq ngeqq ngeqslant ngtr ni nleftarrow nleftrightarrow nleq nleqq nleqslant nless nmid
    notin nparallel nprec npreceq nrightarrow nshortmid nshortparallel nsim nsubseteq nsubseteqq nsucc nsucceq
    nsupseteq nsupseteqq ntriangleleft ntrianglelefteq ntriangleright ntrianglerighteq nu nvDash nvdash nwarrow odot
    oint omega ominus oplus oslash otimes owns parallel partial perp phi pi pitchfork pm prec precapprox preccurlyeq
    preceq precnapprox precneqq precnsim precsim prime prod projlim propto psi qquad quad rVert rangle rbrace rbrack
    rceil rfloor rhd rho rightarrow rightarrowtail rightharpoondown rightharpoonup rightleftarrows rightleftharpoons
    rightrightarrows rightsquigarrow rightthreetimes risingdotseq rtimes rvert searrow sec setminus sharp shortmid
    shortparallel sigma sim simeq sin sinh smallfrown smallint smallsetminus smallsmile smile spadesuit
    sphericalangle sqcap sqcup sqsubset sqsubseteq sqsupset sqsupseteq square star subset subseteq subseteqq
    subsetneq subsetneqq succ succapprox succcurlyeq succeq succnapprox succneqq succnsim succsim sum sup supset
    supseteq supseteqq supsetneq supsetneqq surd swarrow tan tanh tau therefore theta thickapprox thicksim times to
    top triangle triangledown triangleleft trianglelefteq triangleq triangleright trianglerighteq twoheadleftarrow
    twoheadrightarrow ulcorner unlhd unrhd uparrow updownarrow upharpoonleft upharpoonright uplus upsilon upuparrows
    urcorner vDash varDelta varGamma varLambda varOmega varPhi varPi varPsi varSigma varTheta varUpsilon varXi
    varbigtriangledown varbigtriangleup varepsilon varinjlim varkappa varliminf varlimsup varnothing varphi varpi
    varprojlim varpropto varrho varsigma varsubsetneq varsubsetneqq varsupsetneq varsupsetneqq vartheta vartriangle
    vartriangleleft vartriangleright vdash vdots vee veebar vert wedge wp wr xi yen zeta
    """
)

# A backslash and one sign: spaces, and signs that mean something to TeX.
CONTROL_SIGNS = _words(", ; : ! { } | % & # _ $ /") | {" "}

# Commands by how many arguments they take.
ARGUMENTS = MappingProxyType(
    {
        **dict.fromkeys(
            _words(
                "mathbb mathbf mathcal mathfrak mathit mathrm mathsf mathtt boldsymbol pmb operatorname operatorname*"
            ),
            1,
        ),
        **dict.fromkeys(
            _words("mathbin mathclose mathop mathopen mathord mathpunct mathrel mathinner pmod pod mod"), 1
        ),
        **dict.fromkeys(_words("sqrt overline underline overbrace underbrace boxed substack phantom smash"), 1),
        **dict.fromkeys(_words("overrightarrow overleftarrow underrightarrow underleftarrow overleftrightarrow"), 1),
        **dict.fromkeys(_words("xrightarrow xleftarrow"), 1),
        **dict.fromkeys(_words("frac dfrac tfrac cfrac binom dbinom tbinom overset underset stackrel"), 2),
        **dict.fromkeys(
            _words("acute bar breve check ddot dddot dot grave hat mathring tilde vec widehat widetilde"), 1
        ),
    }
)

# Those that may have an option in square brackets.
OPTIONS = _words("sqrt xrightarrow xleftarrow")

# Those that may be followed by `\limits`.
LARGE_OPERATORS = tuple(
    f"\\{name}"
    for name in _words("sum prod coprod int oint bigcup bigcap bigoplus bigotimes lim max min sup inf limsup liminf")
)

# Those that TeX takes for a script, `x^\hat{y}`, only with braces around them.
BRACED_AS_SCRIPTS = _words(
    """
    And Longrightarrow Pr acute arccos arcsin arctan arg bar bigcap bigcup bigodot bigoplus bigotimes bigsqcup
    biguplus bigvee bigwedge binom bmod boldsymbol bowtie boxed breve cdots cfrac check colon cong coprod cos cosh
    cot coth csc dbinom dddot ddot ddots deg det dfrac dim dot doteq dots dotsb dotsc dotsi dotsm dotso exp gcd
    grave hat hom iff iiint iint impliedby implies inf injlim int ker ldots lg lim liminf limsup ln log
    longrightarrow mathbin mathclose mathinner mathop mathopen mathord mathpunct mathrel mathring max mbox min mod
    models notin oint operatorname operatorname* overbrace overleftarrow overleftrightarrow overline
    overrightarrow overset phantom pmb pmod pod prod projlim qquad quad sec sin sinh smash sqrt stackrel substack
    sum sup tan tanh tbinom tfrac tilde underbrace underleftarrow underline underrightarrow underset varinjlim
    varliminf varlimsup varprojlim vdots vec widehat widetilde xleftarrow xrightarrow
    """
)

# Commands whose argument is text.
TEXTS = _words("text textrm textit textbf textsf texttt textsc textsl textup textnormal mbox")

# Commands that say how what follows looks, up to the end of the group.
SWITCHES = _words("rm bf it cal sf tt displaystyle textstyle scriptstyle scriptscriptstyle")

# Commands before a bracket, `\big(`; `\left` and `\right` come in pairs.
SIZES = _words("big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm biggm Biggm")
BRACKETS = frozenset("()[]|/.<>") | _words(
    "langle rangle lfloor rfloor lceil rceil lvert rvert lVert rVert vert Vert lbrace rbrace uparrow downarrow "
    "backslash"
)

# Commands of other packages, and what says the same here.
RENAMED = MappingProxyType(
    {
        **dict.fromkeys(("Bbb", "mathds", "mathbbm"), "mathbb"),
        **dict.fromkeys(("bm", "mathbold"), "boldsymbol"),
        "mathscr": "mathcal",
        "frak": "mathfrak",
        "hbox": "mbox",
        "lt": "<",
        "gt": ">",
    }
)
