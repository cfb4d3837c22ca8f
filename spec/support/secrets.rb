# frozen_string_literal: true

require "securerandom"

# Secrets that occur nowhere else, and whether a text tells one, in whatever form.
#
# Each has a middle of letters and digits between characters that quoting, percent-encoding and JSON write otherwise.
# The middle is the same in all these forms; in Base64 it has three, by what stands before it.
class Secrets
  # Around the middle.
  BEFORE = "p\"w\\'%+/ "
  AFTER = "@#:="
  # Characters in a row that chance does not bring.
  PIECE = 8

  def initialize
    @middles = {}
  end

  # @param name [Symbol] for failure messages
  # @param plain [Boolean] without special characters, for what may not hold any
  # @return [String] the same for the same name
  def secret(name, plain: false)
    middle = @middles[name] ||= SecureRandom.alphanumeric(24)
    plain ? middle : "#{BEFORE}#{middle}#{AFTER}"
  end

  # @param text [String] that holds a secret as a whole, such as a key in PEM or what a server made of one
  def register(name, text)
    @middles[name] = text.b
  end

  # @return [Array<Symbol>] the names of those of which a text tells a piece
  def told_by(text)
    text = text.b
    @middles.select { |_, middle| pieces(middle).any? { |piece| tells?(text, piece) } }.keys
  end

  private

  # Each run of so many characters: a secret that was cut is told too.
  def pieces(middle)
    middle.b.chars.each_cons(PIECE).map(&:join)
  end

  def tells?(text, piece)
    text.include?(piece) || (0..2).any? { |offset| text.include?(inner_base64(piece, offset)) }
  end

  # What is the same in the Base64 of any text with the piece at such an offset.
  def inner_base64(piece, offset)
    encoded = [("x" * offset) + piece].pack("m0")
    first = offset.zero? ? 0 : 4
    encoded[first...(((offset + piece.bytesize) / 3) * 4)]
  end
end
