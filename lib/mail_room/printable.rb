# frozen_string_literal: true

require "mail_room"

module MailRoom
  # Text that may stand in a line of a log: valid UTF-8 whatever it was made of. Error messages quote
  # what they failed on, and with mail that is often no UTF-8.
  module Printable
    # @param text [String] in any encoding, perhaps invalid
    # @return [String] valid UTF-8, with a replacement character for what is none
    def self.text(text)
      text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
      text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace)
    rescue Encoding::ConverterNotFoundError # such as UTF-7, which Ruby knows by name alone
      text.dup.force_encoding(Encoding::UTF_8).scrub
    end

    # @param text [String] in any encoding, perhaps invalid
    # @param limit [Integer] characters
    # @return [String] the first line, valid UTF-8, at most `limit` characters
    def self.line(text, limit: 200)
      text(text).lines.first.to_s.strip[0, limit]
    end

    # @param value [Object] a Hash, Array, String or anything else
    # @return [Object] the same with every String and Symbol made valid UTF-8
    def self.deep(value)
      case value
      when Hash then value.to_h { |key, inner| [deep(key), deep(inner)] }
      when Array then value.map { |inner| deep(inner) }
      when String, Symbol then text(value.to_s)
      else value
      end
    end
  end
end
