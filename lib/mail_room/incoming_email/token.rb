# frozen_string_literal: true

require "mail_room"

module MailRoom
  class IncomingEmail
    # The secrets of a mail key: the token of an author, and the key of a reply as a whole. Whoever has one can write
    # in another's name. It is to be known again by its beginning, and no more of it is shown to people.
    module Token
      # What some tokens begin with, which is no secret.
      PREFIX = /\Aglimt-/i

      # Characters of a secret that are shown.
      SHOWN = 4

      # A token so short is not searched for in other text, where it would be found everywhere.
      SHORT = 2 * SHOWN

      # Characters that are looked at. What is longer is cut: addresses are shorter, and nobody reads more.
      MOST = 1000

      # What is cut in two would not be found.
      CUT = /[\w-]{1,100}\z/

      # Where secrets stand in addresses and message ids that carry one, also in those that do not match: keys of
      # projects today, those of the old form, what is as long as a token where one would stand, what begins like
      # one, and keys of replies.
      PLACES = [
        /(?<before>(?<![^@\s<>])[^@\s<>]*-\d+-)(?<secret>[^@\s<>]+)(?=-(?:issue(?:-\d+)?|merge-request)(?![\w-]))/i,
        %r{(?<before>/[^\s+@<>]+\+(?:merge-request\+)?)(?<secret>[^\s+@<>]+)}i,
        /(?<before>-\d+-)(?<secret>(?:glimt-)?\w{16}[^@\s<>]*)/i,
        /(?<before>)(?<secret>glimt-[\w-]{9,})/i,
        /(?<before>)(?<secret>(?<![0-9a-z])[0-9a-f]{32}(?![0-9a-z]))/i,
        /(?<before>)(?<secret>(?<![0-9a-z])[0-9a-z]{1,4}-[0-9a-z]{25}(?:-(?!unsubscribe)[0-9a-z]{1,13})?(?![0-9a-z]))/i
      ].freeze

      class << self
        # @param text [String] what may hold secrets
        # @param token [String, nil] one that is known
        # @return [String] the text without more than the beginning of each, and cut where it is long
        def mask(text, token = nil)
          return shortened(token) if text == token

          text = "#{text[0, MOST].sub(CUT, '')}…" if text.size > MOST
          text = text.gsub(token) { shortened(token) } if token && token.size > SHORT
          PLACES.reduce(text) do |masked, place|
            masked.gsub(place) { Regexp.last_match(:before) + shortened(Regexp.last_match(:secret)) }
          end
        end

        private

        def shortened(secret)
          return secret if secret.end_with?("…") || secret.empty?

          prefix = secret[PREFIX].to_s
          "#{prefix}#{secret[prefix.size, SHOWN] if secret.size - prefix.size > SHORT}…"
        end
      end
    end
  end
end
