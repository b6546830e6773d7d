"""Surnames so common that one initial before them says nothing: W. Li is hundreds of people.

They are the 157 surnames that 60 or more different first names stand before, among the authors of two months of arXiv
papers (38,042 papers of February and March 2026).
"""

_SURNAMES = """
    ahmed an bai bao cai cao chakraborty chan chang chen cheng cho choi chu cui dai das deng ding dong du duan
    fan fang feng fu gao garcia ge geng ghosh gong gu guan guo gupta han hao he hong hou hu huang hwang jain
    jang jeon jeong ji jia jiang jiao jin jing jung kang khan kim kong kumar lai lan le lee lei li liang liao
    lim lin liu long lu luo lv lyu ma mao meng miao mishra nguyen ni nie niu oh pan pang park patel peng qi qian
    qiao qin qiu qu ren rodriguez roy shah shang shao sharma shen sheng shi shin shu silva singh smith song su
    sun tan tang tao tian tong tran tu wan wang wei wen wong wu xia xiang xiao xie xing xiong xu xue yan yang
    yao ye yi yin yoon you yu yuan yue zeng zhan zhang zhao zheng zhong zhou zhu zhuang zou
"""
COMMON_SURNAMES = frozenset(_SURNAMES.split())
