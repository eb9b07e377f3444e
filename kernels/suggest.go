package kernels

import "strings"

// DidYouMean is ", did you mean X?" for the nearest of the known words, or nothing when none is near.
func DidYouMean(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return ", did you mean " + near + "?"
	}
	return ""
}

// Nearest is the known word with the smallest edit distance to word, or "" when that is more than half of the word. A word of four letters or more that
// stands in a known one, hyphens aside, is near too: blindspot in pixelcnn-blind-spot.
func Nearest(word string, known []string) string {
	best, distance := "", len(word)/2+1
	plain := strings.NewReplacer("-", "", "_", "")
	for _, k := range known {
		d := editDistance(strings.ToLower(word), k)
		if strings.HasPrefix(k, strings.ToLower(word)) && len(word) > 1 {
			d = 0
		}
		if part := plain.Replace(strings.ToLower(word)); len(part) > 3 && strings.Contains(plain.Replace(k), part) {
			d = min(d, 1)
		}
		if d < distance {
			best, distance = k, d
		}
	}
	return best
}

// editDistance counts insertions, deletions, replacements and swaps of neighbouring bytes (optimal string alignment).
func editDistance(a, b string) int {
	var before []int // the row above the row above
	above := make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := above[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, row[j-1]+1, above[j]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above = above, row
	}
	return above[len(b)]
}
