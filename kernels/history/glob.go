package history

import "slices"

// glob is a pattern: a list of what stands for one character each, or for any text.
type glob []token

type token struct {
	any    bool // of any length
	one    bool // any one character
	not    bool // one that is not in the set
	ranges [][2]rune
}

// compile reads a pattern. Every text is one: a bracket that is never closed stands for itself.
func compile(pattern string) (g glob) {
	p := []rune(pattern)
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '*':
			g = append(g, token{any: true})
		case '?':
			g = append(g, token{one: true})
		case '[':
			if t, length := set(p[i+1:]); length > 0 {
				g = append(g, t)
				i += length
				continue
			}
			fallthrough
		default:
			g = append(g, token{ranges: [][2]rune{{p[i], p[i]}}})
		}
	}
	return g
}

// set reads what follows an opening bracket, up to the closing one; length is 0 when there is none. A bracket that comes first is in the set.
func set(p []rune) (t token, length int) {
	i := 0
	if i < len(p) && (p[i] == '!' || p[i] == '^') {
		t.not = true
		i++
	}
	for first := i; i < len(p); i++ {
		switch {
		case p[i] == ']' && i > first:
			return t, i + 1
		case i+2 < len(p) && p[i+1] == '-' && p[i+2] != ']':
			t.ranges = append(t.ranges, [2]rune{p[i], p[i+2]})
			i += 2
		default:
			t.ranges = append(t.ranges, [2]rune{p[i], p[i]})
		}
	}
	return t, 0
}

func (t token) matches(r rune) bool {
	in := slices.ContainsFunc(t.ranges, func(between [2]rune) bool { return between[0] <= r && r <= between[1] })
	return t.one || in != t.not
}

// match tells whether the whole text matches. Only the last * that was met need ever be lengthened, so the time is at most the product of the lengths.
func (g glob) match(text string) bool {
	s := []rune(text)
	i, j := 0, 0
	star, resume := -1, 0
	for j < len(s) {
		switch {
		case i < len(g) && g[i].any:
			star, resume = i, j
			i++
		case i < len(g) && g[i].matches(s[j]):
			i++
			j++
		case star >= 0:
			resume++
			i, j = star+1, resume
		default:
			return false
		}
	}
	for i < len(g) && g[i].any {
		i++
	}
	return i == len(g)
}
