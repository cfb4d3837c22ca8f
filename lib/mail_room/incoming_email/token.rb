# frozen_string_literal: true

require "mail_room"

module MailRoom
  class IncomingEmail
    # The token of an author in a mail key: whoever has it can write in the author's name. It is to be known
    # again by its beginning, and no more of it is shown to people.
    module Token
      # Characters of a token that are shown.
      SHOWN = 4

      # A token so short is not searched for in other text, where it would be found everywhere.
      SHORT = 2 * SHOWN

      # Characters that are looked at. What is longer is cut: addresses are shorter, and nobody reads more.
      MOST = 1000

      # Where tokens stand in addresses that carry one, also in those that do not match: keys of today, keys of
      # the old form, and what is as long as a token where one would stand.
      PLACES = [
        /(?<before>\A.*-\d+-)(?<token>[^@\s<>]+)(?=-(?:issue(?:-\d+)?|merge-request)(?:[@>\s]|\z))/i,
        %r{(?<before>/[^\s+@<>]+\+(?:merge-request\+)?)(?<token>[^\s+@<>]+)}i,
        /(?<before>-\d+-)(?<token>(?:glimt-)?\w{16}[^@\s<>]*)/i
      ].freeze

      class << self
        # @param text [String] what may hold a token
        # @param token [String, nil] one that is known
        # @return [String] the text without more than the beginning of a token, and cut where it is long
        def mask(text, token = nil)
          return shortened(token) if text == token

          text = "#{text[0, MOST]}…" if text.size > MOST
          text = text.gsub(token) { shortened(token) } if token && token.size > SHORT
          PLACES.reduce(text) do |masked, place|
            masked.sub(place) { Regexp.last_match(:before) + shortened(Regexp.last_match(:token)) }
          end
        end

        private

        def shortened(token)
          return token if token.end_with?("…") || token.empty?

          "#{token[0, SHOWN] if token.size > SHORT}…"
        end
      end
    end
  end
end
