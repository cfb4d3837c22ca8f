# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    class Address
      # Whether GitLab can put its keys into an address, and find them again.
      class Shape
        # Characters before the key, so that a reply's key of 32 has room in the 64 of a local part (RFC 5321, section
        # 4.5.3.1.1; GitLab's documentation, issue 460206).
        LONGEST = 31

        # What was probably meant to be the placeholder.
        MISSPELLED = /%\{[^}]*\}?|%key|%\(key\)|\{key\}|\$\{[^}]*\}/i

        # What stands around an address in a header, or between two of them, but never in one that GitLab can use.
        AROUND = /[\s<>,;]/

        # @param address [Address]
        # @param service_desk [Boolean] whether it is that of the Service Desk
        def initialize(address, service_desk:)
          @address = address
          @service_desk = service_desk
        end

        # @return [Array<Finding>]
        def findings
          placeholder = self.placeholder
          return [placeholder] if placeholder.wrong? || !@address.placeholder?

          [placeholder, length, case_of_letters].compact
        end

        private

        def text
          @address.text
        end

        def placeholder
          problem, advice = misplaced
          return Finding.no("address.placeholder", "#{text}: #{problem}", advice) if problem

          @address.placeholder? ? Finding.yes("address.placeholder", text) : dedicated
        end

        def misplaced
          written = text.scan(PLACEHOLDER).size
          left = text.gsub(PLACEHOLDER, "")
          if @address.domain.empty? then ["is no address", example]
          elsif left.match?(MISSPELLED)
            ["#{left[MISSPELLED]} is no placeholder", "write it as #{PLACEHOLDER}, also in its case"]
          elsif text.match?(AROUND) then ["is more than an address", "write it alone, without a name or <>. #{example}"]
          elsif written > 1 then ["has #{PLACEHOLDER} more than once", "GitLab puts a key into the first only"]
          elsif written == 1 && !@address.local.include?(PLACEHOLDER)
            ["has #{PLACEHOLDER} in its domain", "it must stand before the @. #{example}"]
          end
        end

        def example
          "GitLab wants an address such as incoming+#{PLACEHOLDER}@example.com"
        end

        def dedicated
          if @service_desk
            return Finding.no("address.placeholder", "#{text}: has no #{PLACEHOLDER}",
                              "GitLab cannot tell the projects of its Service Desk apart without one. #{example}")
          end

          Finding.warning("address.placeholder", "#{text}: has no #{PLACEHOLDER}",
                          "A dedicated address takes replies only, known by their References, and no new issues or " \
                          "merge requests. #{example} with sub-addressing or a catch-all mailbox for the others")
        end

        def length
          size = @address.before.size
          detail = "#{size} of #{LONGEST} characters before #{PLACEHOLDER}"
          return Finding.yes("address.length", detail) if size <= LONGEST

          Finding.no("address.length", detail, "Providers limit what stands before the @ to 64 characters, and the " \
                                               "keys of replies have 32: choose a shorter address")
        end

        # `Gitlab::Email::IncomingEmail` compares as it is written.
        def case_of_letters
          return if text == text.gsub(/[A-Z]/, &:downcase)

          Finding.warning("address.case", "#{text}: has capitals",
                          "GitLab knows the address in these letters only, while people and servers write it in " \
                          "lower case: write it in lower case in GitLab's configuration")
        end
      end
    end
  end
end
