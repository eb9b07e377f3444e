package data

import "math/rand/v2"

// What a random stream is for, so that one seed gives every use its own numbers.
const (
	forShuffle = iota + 1
	forExamples
	forDrawn
	forEpoch
	forBatch
	forStrokes
)

// random is the stream of this seed, use and step.
func random(seed int64, use, step int) *rand.Rand {
	return rand.New(rand.NewPCG(mix(uint64(seed)+uint64(use)<<56), mix(uint64(step)^0x6a09e667f3bcc909)))
}

// mix spreads neighbouring seeds over all 64 bits (the finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
