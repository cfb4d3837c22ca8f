# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  module GitLab
    class EncryptedFile
      # One String as the serializers of ActiveSupport's messages write it: by Marshal, or as JSON, which newer
      # applications can set. What Marshal wrote is read without Marshal, which makes any object that it is told to.
      #
      # Source: marshal.c of Ruby, doc/marshal.rdoc.
      module Serialized
        # Version 4.8, perhaps `I` for instance variables, and `"` for a String.
        MARSHALLED = /\A\x04\x08(?<variables>I)?"/n

        # The number of instance variables, and the only one a String has: its encoding.
        UTF8 = "\x06:\x06ET".b
        ASCII = "\x06:\x06EF".b
        NAMED = /\A\x06:\x0Dencoding"(?<length>[\x06-\x7F])(?<name>[\w.-]+)\z/n

        # A byte that is a length by itself, 5 larger than it. A smaller one is the number of its bytes.
        SHORT = (6..127)

        # @param text [String] in UTF-8
        # @param form [Symbol] `:marshal` or `:json`
        # @return [String] bytes
        def self.dump(text, form)
          form == :json ? JSON.generate(text).b : Marshal.dump(text)
        end

        # @param payload [String] bytes
        # @return [Array(String, Symbol), nil] the text in UTF-8 and its form; nil when it is anything but one String
        def self.load(payload)
          match = MARSHALLED.match(payload.b)
          return json(payload) unless match

          bytes, rest = counted(match.post_match)
          return unless bytes

          encoding = match[:variables] ? encoding(rest) : (Encoding::UTF_8 if rest.empty?)
          [utf8(bytes.force_encoding(encoding)), :marshal] if encoding
        end

        class << self
          private

          def json(payload)
            text = JSON.parse(payload.dup.force_encoding(Encoding::UTF_8))
            [text, :json] if text.is_a?(String) && text.valid_encoding?
          rescue JSON::ParserError, EncodingError
            nil
          end

          # @return [Array(String, String), nil] as many bytes as the length in front of them tells, and the rest
          def counted(data)
            first = data.getbyte(0)
            used, length = case first
                           when SHORT then [1, first - 5]
                           when 0..4 then [first + 1, number(data.byteslice(1, first))]
                           end
            text = data.byteslice(used, length) if used
            [text, data.byteslice((used + length)..)] if text && text.bytesize == length
          end

          # The lowest byte comes first.
          def number(bytes)
            bytes.bytes.each_with_index.sum { |byte, place| byte << (8 * place) }
          end

          # A text of the locale C is UTF-8 as well as not: nothing but its bytes went into the file.
          def encoding(variables)
            return Encoding::UTF_8 if [UTF8, ASCII].include?(variables)

            match = NAMED.match(variables)
            Encoding.find(match[:name]) if match && match[:length].ord - 5 == match[:name].bytesize
          rescue ArgumentError # no encoding has this name
            nil
          end

          def utf8(text)
            text.encode(Encoding::UTF_8)
          rescue EncodingError
            text.force_encoding(Encoding::UTF_8)
          end
        end
      end
    end
  end
end
