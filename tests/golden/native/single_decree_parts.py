def act_2(st, s, out, o, tmp):
    w0 = ld(st, s)
    if w0 & 0x1800000000000 == 0:
        b9 = 0
        if (not (w0 & 0x3e0000 == 0)) and (not (w0 & 0xf8000000 == 0)):
            x5 = ((((w0 >> 17) & 0x3fffffff) & 30) >> 1) | ((((w0 >> 17) & 0x3fffffff) & 0x7800) >> 11)
            b9 = (x5 & 4 != 0) or (popcount(x5) <= 0) or (x5 & 13 == 1)
        b18 = 1
        if not b9:
            b17 = 0
            if (not (w0 & 0x3e0000 == 0)) and (not (w0 & 0x3e000000000 == 0)):
                x13 = ((((w0 >> 17) & 0x3fffffff) & 30) >> 1) | ((((w0 >> 17) & 0x3fffffff) & 0x1e00000) >> 21)
                b17 = (x13 & 4 != 0) or (popcount(x13) <= 0) or (x13 & 13 == 1)
            b18 = b17
        b27 = 1
        if not b18:
            b26 = 0
            if (not (w0 & 0xf8000000 == 0)) and (not (w0 & 0x3e000000000 == 0)):
                x22 = ((((w0 >> 17) & 0x3fffffff) & 0x7800) >> 11) | ((((w0 >> 17) & 0x3fffffff) & 0x1e00000) >> 21)
                b26 = (x22 & 4 != 0) or (popcount(x22) <= 0) or (x22 & 13 == 1)
            b27 = b26
        if b27:
            sto(out, o, w0 | 0x800000000000)
            o = o + 1
    if w0 & 0x1800000000000 == 0:
        b36 = 0
        if (not (w0 & 0x3e0000 == 0)) and (not (w0 & 0xf8000000 == 0)):
            x32 = ((((w0 >> 17) & 0x3fffffff) & 30) >> 1) | ((((w0 >> 17) & 0x3fffffff) & 0x7800) >> 11)
            b36 = (x32 & 8 != 0) or (popcount(x32) <= 0) or (x32 & 14 == 2)
        b45 = 1
        if not b36:
            b44 = 0
            if (not (w0 & 0x3e0000 == 0)) and (not (w0 & 0x3e000000000 == 0)):
                x40 = ((((w0 >> 17) & 0x3fffffff) & 30) >> 1) | ((((w0 >> 17) & 0x3fffffff) & 0x1e00000) >> 21)
                b44 = (x40 & 8 != 0) or (popcount(x40) <= 0) or (x40 & 14 == 2)
            b45 = b44
        b54 = 1
        if not b45:
            b53 = 0
            if (not (w0 & 0xf8000000 == 0)) and (not (w0 & 0x3e000000000 == 0)):
                x49 = ((((w0 >> 17) & 0x3fffffff) & 0x7800) >> 11) | ((((w0 >> 17) & 0x3fffffff) & 0x1e00000) >> 21)
                b53 = (x49 & 8 != 0) or (popcount(x49) <= 0) or (x49 & 14 == 2)
            b54 = b53
        if b54:
            sto(out, o, w0 | 0x1000000000000)
            o = o + 1
    if w0 & 0x6000000000000 == 0:
        b63 = 0
        if (not (w0 & 0x7c00000 == 0)) and (not (w0 & 0x1f00000000 == 0)):
            x59 = ((((w0 >> 17) & 0x3fffffff) & 0x3c0) >> 6) | ((((w0 >> 17) & 0x3fffffff) & 0xf0000) >> 16)
            b63 = (x59 & 4 != 0) or (popcount(x59) <= 0) or (x59 & 13 == 1)
        b72 = 1
        if not b63:
            b71 = 0
            if (not (w0 & 0x7c00000 == 0)) and (not (w0 & 0x7c0000000000 == 0)):
                x67 = ((((w0 >> 17) & 0x3fffffff) & 0x3c0) >> 6) | ((((w0 >> 17) & 0x3fffffff) & 0x3c000000) >> 26)
                b71 = (x67 & 4 != 0) or (popcount(x67) <= 0) or (x67 & 13 == 1)
            b72 = b71
        b81 = 1
        if not b72:
            b80 = 0
            if (not (w0 & 0x1f00000000 == 0)) and (not (w0 & 0x7c0000000000 == 0)):
                x76 = ((((w0 >> 17) & 0x3fffffff) & 0xf0000) >> 16) | ((((w0 >> 17) & 0x3fffffff) & 0x3c000000) >> 26)
                b80 = (x76 & 4 != 0) or (popcount(x76) <= 0) or (x76 & 13 == 1)
            b81 = b80
        if b81:
            sto(out, o, w0 | 0x2000000000000)
            o = o + 1
    if w0 & 0x6000000000000 == 0:
        b90 = 0
        if (not (w0 & 0x7c00000 == 0)) and (not (w0 & 0x1f00000000 == 0)):
            x86 = ((((w0 >> 17) & 0x3fffffff) & 0x3c0) >> 6) | ((((w0 >> 17) & 0x3fffffff) & 0xf0000) >> 16)
            b90 = (x86 & 8 != 0) or (popcount(x86) <= 0) or (x86 & 14 == 2)
        b99 = 1
        if not b90:
            b98 = 0
            if (not (w0 & 0x7c00000 == 0)) and (not (w0 & 0x7c0000000000 == 0)):
                x94 = ((((w0 >> 17) & 0x3fffffff) & 0x3c0) >> 6) | ((((w0 >> 17) & 0x3fffffff) & 0x3c000000) >> 26)
                b98 = (x94 & 8 != 0) or (popcount(x94) <= 0) or (x94 & 14 == 2)
            b99 = b98
        b108 = 1
        if not b99:
            b107 = 0
            if (not (w0 & 0x1f00000000 == 0)) and (not (w0 & 0x7c0000000000 == 0)):
                x103 = ((((w0 >> 17) & 0x3fffffff) & 0xf0000) >> 16) | ((((w0 >> 17) & 0x3fffffff) & 0x3c000000) >> 26)
                b107 = (x103 & 8 != 0) or (popcount(x103) <= 0) or (x103 & 14 == 2)
            b108 = b107
        if b108:
            sto(out, o, w0 | 0x4000000000000)
            o = o + 1
    return o

def inv_agreement_0(st, s, tmp):
    w0 = ld(st, s)
    return (((not (w0 & 0x88000000000000 == 0x88000000000000)) and (not (w0 & 0x808000000000000 == 0x808000000000000)) and (not (w0 & 0x880000000000000 == 0x880000000000000)) and (not (w0 & 0x220000000000000 == 0x220000000000000)) and (not (w0 & 0x2020000000000000 == 0x2020000000000000)) and (not (w0 & 0x2200000000000000 == 0x2200000000000000))) or ((not (w0 & 0x110000000000000 == 0x110000000000000)) and (not (w0 & 0x1010000000000000 == 0x1010000000000000)) and (not (w0 & 0x1100000000000000 == 0x1100000000000000)) and (not (w0 & 0x440000000000000 == 0x440000000000000)) and (not (w0 & 0x4040000000000000 == 0x4040000000000000)) and (not (w0 & 0x4400000000000000 == 0x4400000000000000)))) and (((not (w0 & 0x110000000000000 == 0x110000000000000)) and (not (w0 & 0x1010000000000000 == 0x1010000000000000)) and (not (w0 & 0x1100000000000000 == 0x1100000000000000)) and (not (w0 & 0x440000000000000 == 0x440000000000000)) and (not (w0 & 0x4040000000000000 == 0x4040000000000000)) and (not (w0 & 0x4400000000000000 == 0x4400000000000000))) or ((not (w0 & 0x88000000000000 == 0x88000000000000)) and (not (w0 & 0x808000000000000 == 0x808000000000000)) and (not (w0 & 0x880000000000000 == 0x880000000000000)) and (not (w0 & 0x220000000000000 == 0x220000000000000)) and (not (w0 & 0x2020000000000000 == 0x2020000000000000)) and (not (w0 & 0x2200000000000000 == 0x2200000000000000))))

def check(st, s, a, tmp):
    if a == 1:
        r = inv_promises_truthful_0(st, s, tmp)
        if r != 1:
            return r
    if a == 2:
        r = inv_validity_0(st, s, tmp)
        if r != 1:
            return r
    if a == 3:
        r = inv_agreement_0(st, s, tmp)
        if r != 1:
            return r
        r = inv_validity_0(st, s, tmp)
        if r != 1:
            return r
        r = inv_promises_truthful_0(st, s, tmp)
        if r != 1:
            return r
    return 1
def within(st, s, tmp):
    return 1
def terminal(st, s, tmp):
    return 0
def reached(st, s, left, tmp):
    if left & 1:
        r = see_0_agreement(st, s, tmp)
        if r < -1:
            return r
        if r == 1:
            left = left - 1
    if left & 2:
        r = see_1_validity(st, s, tmp)
        if r < -1:
            return r
        if r == 1:
            left = left - 2
    if left & 4:
        r = see_2_promises_truthful(st, s, tmp)
        if r < -1:
            return r
        if r == 1:
            left = left - 4
    return left
def steps(st, s, out, t, a, tmp):
    return 1
def still(st, s, tmp):
    return 1
def all_steps(st, s, out, t, tmp):
    return 1
def canonical(st, s, tmp):
    return 0
NARROWED = 0

def inv_promises_truthful_0(st, s, tmp):
    w0 = ld(st, s)
    b2 = 0
    x3 = (w0 >> 17) & 0x3fffffff
    while x3:
        i1 = ctz(x3)
        x3 = x3 & (x3 - 1)
        b5 = 1
        if not T1[i1]:
            if not T2[i1]:
                return -1
            x4 = (((T3[i1] * 2) + T4[i1]) * 2) + T5[i1]
            b5 = (((w0 >> 51) & 0xfff) & (1 << x4)) != 0
        if (not b5) or ((((w0 >> 51) & 0xfff) & T6[i1]) != 0):
            b2 = 1
            break
    return not b2
