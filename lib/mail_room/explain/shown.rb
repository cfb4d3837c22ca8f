# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Explain
    # Text from outside as a terminal may have it.
    module Shown
      # Control characters, and those that are not seen or turn the direction of writing.
      UNSEEN = /[[:cntrl:]\p{Cf}\p{Zl}\p{Zp}]/

      # A line of a header goes on in the next one (RFC 5322, section 2.2.3).
      FOLD = /\r?\n(?=[ \t])/

      # Characters of a text that are looked at to shorten it.
      AHEAD = 10

      class << self
        # @param text [String] in any encoding
        # @param limit [Integer] characters; what is longer is cut
        # @yieldparam text [String] the text, to be changed before it is cut
        # @yieldreturn [String]
        # @return [String] one line of valid UTF-8, characters that are not seen written as Ruby does
        def text(text, limit: 120)
          text = Printable.text(text)[0, limit * AHEAD].gsub(FOLD, "")
          text = yield(text) if block_given?
          text = "#{text[0, limit]}…" if text.size > limit
          text.gsub(UNSEEN) { |character| escaped(character.ord) }
        end

        private

        def escaped(code)
          code < 0x100 ? format("\\x%02X", code) : format("\\u{%X}", code)
        end
      end
    end
  end
end
