def act_2(st, s, out, o, tmp):
    w0 = ld(st, s)
    if w0 & 0x1800000000000 == 0:
        b10 = 0
        if (not (w0 & 0x3e0000 == 0)) and (not (w0 & 0xf8000000 == 0)):
            a4 = 0
            x6 = ((w0 >> 17) & 0x3fffffff) & 0x781e
            while x6:
                i5 = ctz(x6)
                x6 = x6 & (x6 - 1)
                a4 = a4 | T2[i5]
            b10 = (a4 & 4 != 0) or (popcount(a4) <= 0) or (a4 & 13 == 1)
        b20 = 1
        if not b10:
            b19 = 0
            if (not (w0 & 0x3e0000 == 0)) and (not (w0 & 0x3e000000000 == 0)):
                a13 = 0
                x15 = ((w0 >> 17) & 0x3fffffff) & 0x1e0001e
                while x15:
                    i14 = ctz(x15)
                    x15 = x15 & (x15 - 1)
                    a13 = a13 | T5[i14]
                b19 = (a13 & 4 != 0) or (popcount(a13) <= 0) or (a13 & 13 == 1)
            b20 = b19
        b30 = 1
        if not b20:
            b29 = 0
            if (not (w0 & 0xf8000000 == 0)) and (not (w0 & 0x3e000000000 == 0)):
                a23 = 0
                x25 = ((w0 >> 17) & 0x3fffffff) & 0x1e07800
                while x25:
                    i24 = ctz(x25)
                    x25 = x25 & (x25 - 1)
                    a23 = a23 | T8[i24]
                b29 = (a23 & 4 != 0) or (popcount(a23) <= 0) or (a23 & 13 == 1)
            b30 = b29
        if b30:
            sto(out, o, w0 | 0x800000000000)
            o = o + 1
    if w0 & 0x1800000000000 == 0:
        b40 = 0
        if (not (w0 & 0x3e0000 == 0)) and (not (w0 & 0xf8000000 == 0)):
            a34 = 0
            x36 = ((w0 >> 17) & 0x3fffffff) & 0x781e
            while x36:
                i35 = ctz(x36)
                x36 = x36 & (x36 - 1)
                a34 = a34 | T2[i35]
            b40 = (a34 & 8 != 0) or (popcount(a34) <= 0) or (a34 & 14 == 2)
        b50 = 1
        if not b40:
            b49 = 0
            if (not (w0 & 0x3e0000 == 0)) and (not (w0 & 0x3e000000000 == 0)):
                a43 = 0
                x45 = ((w0 >> 17) & 0x3fffffff) & 0x1e0001e
                while x45:
                    i44 = ctz(x45)
                    x45 = x45 & (x45 - 1)
                    a43 = a43 | T5[i44]
                b49 = (a43 & 8 != 0) or (popcount(a43) <= 0) or (a43 & 14 == 2)
            b50 = b49
        b60 = 1
        if not b50:
            b59 = 0
            if (not (w0 & 0xf8000000 == 0)) and (not (w0 & 0x3e000000000 == 0)):
                a53 = 0
                x55 = ((w0 >> 17) & 0x3fffffff) & 0x1e07800
                while x55:
                    i54 = ctz(x55)
                    x55 = x55 & (x55 - 1)
                    a53 = a53 | T8[i54]
                b59 = (a53 & 8 != 0) or (popcount(a53) <= 0) or (a53 & 14 == 2)
            b60 = b59
        if b60:
            sto(out, o, w0 | 0x1000000000000)
            o = o + 1
    if w0 & 0x6000000000000 == 0:
        b70 = 0
        if (not (w0 & 0x7c00000 == 0)) and (not (w0 & 0x1f00000000 == 0)):
            a64 = 0
            x66 = ((w0 >> 17) & 0x3fffffff) & 0xf03c0
            while x66:
                i65 = ctz(x66)
                x66 = x66 & (x66 - 1)
                a64 = a64 | T11[i65]
            b70 = (a64 & 4 != 0) or (popcount(a64) <= 0) or (a64 & 13 == 1)
        b80 = 1
        if not b70:
            b79 = 0
            if (not (w0 & 0x7c00000 == 0)) and (not (w0 & 0x7c0000000000 == 0)):
                a73 = 0
                x75 = ((w0 >> 17) & 0x3fffffff) & 0x3c0003c0
                while x75:
                    i74 = ctz(x75)
                    x75 = x75 & (x75 - 1)
                    a73 = a73 | T14[i74]
                b79 = (a73 & 4 != 0) or (popcount(a73) <= 0) or (a73 & 13 == 1)
            b80 = b79
        b90 = 1
        if not b80:
            b89 = 0
            if (not (w0 & 0x1f00000000 == 0)) and (not (w0 & 0x7c0000000000 == 0)):
                a83 = 0
                x85 = ((w0 >> 17) & 0x3fffffff) & 0x3c0f0000
                while x85:
                    i84 = ctz(x85)
                    x85 = x85 & (x85 - 1)
                    a83 = a83 | T17[i84]
                b89 = (a83 & 4 != 0) or (popcount(a83) <= 0) or (a83 & 13 == 1)
            b90 = b89
        if b90:
            sto(out, o, w0 | 0x2000000000000)
            o = o + 1
    if w0 & 0x6000000000000 == 0:
        b100 = 0
        if (not (w0 & 0x7c00000 == 0)) and (not (w0 & 0x1f00000000 == 0)):
            a94 = 0
            x96 = ((w0 >> 17) & 0x3fffffff) & 0xf03c0
            while x96:
                i95 = ctz(x96)
                x96 = x96 & (x96 - 1)
                a94 = a94 | T11[i95]
            b100 = (a94 & 8 != 0) or (popcount(a94) <= 0) or (a94 & 14 == 2)
        b110 = 1
        if not b100:
            b109 = 0
            if (not (w0 & 0x7c00000 == 0)) and (not (w0 & 0x7c0000000000 == 0)):
                a103 = 0
                x105 = ((w0 >> 17) & 0x3fffffff) & 0x3c0003c0
                while x105:
                    i104 = ctz(x105)
                    x105 = x105 & (x105 - 1)
                    a103 = a103 | T14[i104]
                b109 = (a103 & 8 != 0) or (popcount(a103) <= 0) or (a103 & 14 == 2)
            b110 = b109
        b120 = 1
        if not b110:
            b119 = 0
            if (not (w0 & 0x1f00000000 == 0)) and (not (w0 & 0x7c0000000000 == 0)):
                a113 = 0
                x115 = ((w0 >> 17) & 0x3fffffff) & 0x3c0f0000
                while x115:
                    i114 = ctz(x115)
                    x115 = x115 & (x115 - 1)
                    a113 = a113 | T17[i114]
                b119 = (a113 & 8 != 0) or (popcount(a113) <= 0) or (a113 & 14 == 2)
            b120 = b119
        if b120:
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
def pack(p, i, q, j):
    sto(q, j + 0, ld(p, i + 0))
    return 0

def inv_promises_truthful_0(st, s, tmp):
    w0 = ld(st, s)
    b2 = 0
    x3 = (w0 >> 17) & 0x3fffffff
    while x3:
        i1 = ctz(x3)
        x3 = x3 & (x3 - 1)
        b5 = 1
        if not T19[i1]:
            if not T20[i1]:
                return -1
            x4 = (((T21[i1] * 2) + T22[i1]) * 2) + T23[i1]
            b5 = (((w0 >> 51) & 0xfff) & (1 << x4)) != 0
        if (not b5) or ((((w0 >> 51) & 0xfff) & T24[i1]) != 0):
            b2 = 1
            break
    return not b2
