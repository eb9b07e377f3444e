package coding

import (
	"errors"
	"fmt"
)

// Precision is r: probabilities are whole numbers of parts of 2^r.
const Precision = 24

const (
	whole = 1 << Precision // 2^r, the frequencies' sum
	floor = 1 << 32        // what the head of a stack never falls below
)

// Interval is a symbol's share of [0, 2^r): Freq numbers from Start on, one at least. Its probability is Freq/2^r.
type Interval struct{ Start, Freq uint32 }

func (v Interval) check() error {
	if v.Freq < 1 || v.Freq > whole || v.Start > whole-v.Freq {
		return fmt.Errorf("coding: a symbol of the interval [%d, %d): it must lie in [0, 2^%d) and not be empty", v.Start, uint64(v.Start)+uint64(v.Freq), Precision)
	}
	return nil
}

// Stack is a message as range asymmetric numeral systems write it (rANS: Duda 2009, https://arxiv.org/abs/0902.0271; the streaming form is Duda 2013,
// https://arxiv.org/abs/1311.2540): one huge number s, to which a symbol is pushed by
//
//	s' = 2^r ⌊s/f⌋ + (s mod f) + c      f its frequency, c its interval's start
//
// so that s grows by the factor 2^r/f and the message by −log₂(f/2^r) bits. Popping undoes it exactly:
//
//	c ≤ s' mod 2^r < c + f  tells the symbol,  s = f ⌊s'/2^r⌋ + (s' mod 2^r) − c
//
// What is pushed last is popped first. s is kept as a head in [2^32, 2^64) and, below it, words of 32 bits. All is done in whole numbers, so that every
// machine computes the same. Popping by another distribution than was pushed draws a sample from it: that is what bits-back coding does.
type Stack struct {
	head uint64
	tail []uint32 // the last is the top
}

// NewStack is an empty message. It counts 32 bits already, the head's lowest value.
func NewStack() *Stack { return &Stack{head: floor} }

// Push writes the symbol of this interval. It fails if that is none.
func (s *Stack) Push(symbol Interval) error {
	if err := symbol.check(); err != nil {
		return err
	}
	c, f := uint64(symbol.Start), uint64(symbol.Freq)
	if f == whole { // certain: nothing to write, and f·2^40 would overflow
		return nil
	}
	if s.head >= f<<(64-Precision) {
		s.tail = append(s.tail, uint32(s.head))
		s.head >>= 32
	}
	s.head = s.head/f<<Precision + s.head%f + c
	return nil
}

// Peek is s mod 2^r, which lies in the interval of the symbol on top.
func (s *Stack) Peek() uint32 { return uint32(s.head % whole) }

// ErrEmpty is what popping from an empty message gives.
var ErrEmpty = errors.New("coding: popping a symbol: the message has ended")

// Pop takes off the symbol of this interval. It fails, and leaves the stack as it is, on an interval that does not hold [Stack.Peek], and with [ErrEmpty].
func (s *Stack) Pop(symbol Interval) error {
	if err := symbol.check(); err != nil {
		return err
	}
	c, f, at := uint64(symbol.Start), uint64(symbol.Freq), s.head%whole
	if at < c || at >= c+f {
		return fmt.Errorf("coding: popping the symbol of [%d, %d): the one on top is at %d", c, c+f, at)
	}
	if f == whole {
		return nil
	}
	head := f*(s.head>>Precision) + at - c
	if head < floor {
		top := len(s.tail) - 1
		if top < 0 {
			return ErrEmpty
		}
		head = head<<32 | uint64(s.tail[top])
		s.tail = s.tail[:top]
	}
	s.head = head
	return nil
}

// Empty says whether all that was pushed has been popped.
func (s *Stack) Empty() bool { return s.head == floor && len(s.tail) == 0 }

// Bits is the message's length, to within a word that is not full: 32 when empty.
func (s *Stack) Bits() int { return 64 + 32*len(s.tail) }
