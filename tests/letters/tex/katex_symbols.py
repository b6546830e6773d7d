"""The symbols of KaTeX's page \"Supported Functions\" (katex.org): what people who write for the web expect."""

_NAMES = """
    aleph beth gimel daleth digamma Finv Game hbar hslash imath jmath ell wp partial nabla infty emptyset
    varnothing complement forall exists nexists in notin ni notni neg lnot land wedge lor vee to gets implies
    impliedby iff mapsto alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho
    sigma tau upsilon phi chi psi omega varepsilon varkappa vartheta varpi varrho varsigma varphi Gamma Delta
    Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega varGamma varDelta varTheta varLambda varXi varPi varSigma
    varUpsilon varPhi varPsi varOmega Alpha Beta Epsilon Zeta Eta Iota Kappa Mu Nu Omicron Rho Tau Chi thetasym
    alef alefsym sum prod coprod int iint iiint oint oiint oiiint intop smallint bigcap bigcup bigsqcup biguplus
    bigvee bigwedge bigodot bigoplus bigotimes cdot cdotp centerdot gtrdot lessdot ldotp times div pm mp plusmn
    ast star circ bullet cap Cap doublecap cup Cup doublecup amalg And barwedge doublebarwedge veebar boxdot
    boxminus boxplus boxtimes circledast circledcirc circleddash curlyvee curlywedge dagger ddagger dag ddag
    divideontimes dotplus intercal leftthreetimes rightthreetimes lhd rhd unlhd unrhd ltimes rtimes ominus oplus
    oslash otimes odot setminus smallsetminus sqcap sqcup uplus wr circledR circledS eqcirc eqcolon eqqcolon
    Eqcolon Eqqcolon eqsim eqslantgtr eqslantless equiv fallingdotseq risingdotseq gt lt ge geq le leq geqq leqq
    geqslant leqslant gg ll ggg lll gggtr llless gtrapprox lessapprox gtreqless lesseqgtr gtreqqless lesseqqgtr
    gtrless lessgtr gtrsim lesssim isin Join mid models multimap owns parallel perp pitchfork prec succ
    precapprox succapprox preccurlyeq succcurlyeq preceq succeq precsim succsim propto shortmid shortparallel
    sim simeq smallfrown smallsmile smile frown sqsubset sqsubseteq sqsupset sqsupseteq sub sube supe subset
    subseteq subseteqq supset supseteq supseteqq Subset Supset thickapprox thicksim trianglelefteq
    trianglerighteq triangleq varpropto vartriangle vartriangleleft vartriangleright vcentcolon vdash dashv
    vDash Vdash Vvdash approx approxcolon approxcoloncolon approxeq asymp backepsilon backsim backsimeq between
    bowtie bumpeq Bumpeq circeq colonapprox Colonapprox coloneq Coloneq coloneqq Coloneqq colonsim Colonsim
    coloncolon colon cong curlyeqprec curlyeqsucc doteq Doteq doteqdot dblcolon simcolon simcoloncolon gnapprox
    gneq gneqq gnsim gvertneqq lnapprox lneq lneqq lnsim lvertneqq ncong ne neq ngeq ngeqq ngeqslant ngtr nleq
    nleqq nleqslant nless nmid nparallel nprec npreceq nshortmid nshortparallel nsim nsubseteq nsubseteqq nsucc
    nsucceq nsupseteq nsupseteqq ntriangleleft ntrianglelefteq ntriangleright ntrianglerighteq nvdash nvDash
    nVDash nVdash precnapprox precneqq precnsim subsetneq subsetneqq succnapprox succneqq succnsim supsetneq
    supsetneqq varsubsetneq varsubsetneqq varsupsetneq varsupsetneqq circlearrowleft circlearrowright
    curvearrowleft curvearrowright Darr dArr darr dashleftarrow dashrightarrow downarrow Downarrow
    downdownarrows downharpoonleft downharpoonright Harr hArr harr hookleftarrow hookrightarrow Larr lArr larr
    leadsto leftarrow Leftarrow leftarrowtail leftharpoondown leftharpoonup leftleftarrows leftrightarrow
    Leftrightarrow leftrightarrows leftrightharpoons leftrightsquigarrow Lleftarrow longleftarrow Longleftarrow
    longleftrightarrow Longleftrightarrow longmapsto longrightarrow Longrightarrow looparrowleft looparrowright
    Lrarr lrArr lrarr Lsh nearrow nleftarrow nLeftarrow nleftrightarrow nLeftrightarrow nrightarrow nRightarrow
    nwarrow Rarr rArr rarr restriction rightarrow Rightarrow rightarrowtail rightharpoondown rightharpoonup
    rightleftarrows rightleftharpoons rightrightarrows rightsquigarrow Rrightarrow Rsh searrow swarrow
    twoheadleftarrow twoheadrightarrow Uarr uArr uarr uparrow Uparrow updownarrow Updownarrow upharpoonleft
    upharpoonright upuparrows dots cdots ddots vdots ldots dotsb dotsc dotsi dotsm dotso sdot mathellipsis
    textellipsis square Box blacksquare triangle triangledown triangleleft triangleright bigtriangledown
    bigtriangleup blacktriangle blacktriangledown blacktriangleleft blacktriangleright diamond Diamond lozenge
    blacklozenge bigstar clubsuit clubs diamondsuit diamonds heartsuit hearts spadesuit spades degree angle
    measuredangle sphericalangle top bot maltese checkmark prime backprime mho natural flat sharp surd yen
    pounds mathsterling diagdown diagup infin weierp real image eth bigcirc textdegree textasciitilde
    textasciicircum textbackslash textbar textbardbl textbraceleft textbraceright textdollar textless
    textgreater textendash textemdash textquotedblleft textquotedblright textquoteleft textquoteright
    textregistered textsterling textunderscore textdagger textdaggerdbl copyright lbrace rbrace lbrack rbrack
    langle rangle lang rang lvert rvert lVert rVert vert Vert lceil rceil lfloor rfloor llcorner lrcorner
    ulcorner urcorner lgroup rgroup lmoustache rmoustache llbracket rrbracket lBrace rBrace backslash AA aa AE
    ae OE oe O o L l ss R N Z cnums Complex reals Reals natnums Bbbk
"""
KATEX_SYMBOLS = tuple(_NAMES.split())
