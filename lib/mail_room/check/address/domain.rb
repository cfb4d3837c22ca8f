# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    class Address
      # Whether the domain of GitLab's address is one by which people prove that they belong to a company. GitLab gives
      # everybody addresses in it, and opens an issue that they can read of whatever is sent there, such as the link by
      # which another service confirms an address (GitLab's documentation, "Security concerns" of incoming email; issue
      # 30366).
      class Domain
        # Everybody can have an address there, so it proves nothing.
        PUBLIC = %w[gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com me.com gmx.com gmx.de
                    gmx.net web.de mail.com proton.me protonmail.com zoho.com fastmail.com aol.com].freeze

        # What many countries have below their own domain, where elsewhere the name of the company stands.
        SECOND_LEVEL = %w[ac co com edu go gob gov ne net or org].freeze

        # A domain that is GitLab's alone mostly says so, by a word of its own: digital.com is none.
        FOR_GITLAB = /gitlab|(?<![a-z])git(?![a-z])/

        # @param domain [String] of the address, in lower case
        # @param host [String, nil] GitLab's, in lower case
        # @param sender [String, nil] the address GitLab writes from
        def initialize(domain, host: nil, sender: nil)
          @domain = domain
          @host = host
          @sender = sender.to_s.downcase.rpartition("@").last
        end

        # @return [Finding]
        def finding
          return Finding.yes("address.domain", @domain) if PUBLIC.include?(@domain) || @domain.match?(FOR_GITLAB)
          return warning("seems to be the company's own domain", "has") if company?
          return Finding.yes("address.domain", @domain) unless registered?

          warning("is no subdomain, so people may have addresses in it", "then has")
        end

        private

        # Not below another, where a company would have made it for this alone. A name without a dot is no domain.
        def registered?
          labels = @domain.split(".")
          country = labels.size > 2 && labels.last.size == 2 && SECOND_LEVEL.include?(labels[-2])
          labels.size == (country ? 3 : 2)
        end

        def host_below?
          @host.to_s.end_with?(".#{@domain}")
        end

        def company?
          host_below? || (registered? && [@host, @sender].include?(@domain))
        end

        def warning(reason, has)
          Finding.warning("address.domain", "#{@domain} #{reason}",
                          "Whoever can open issues by mail #{has} an address in it, and can confirm it to services " \
                          "that let everybody in who has one. Use a subdomain such as incoming.#{@domain}, or a " \
                          "domain for GitLab alone")
        end
      end
    end
  end
end
