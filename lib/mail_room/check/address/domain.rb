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
          return Finding.yes("address.domain", @domain) if PUBLIC.include?(@domain) || below_a_company?
          return warning if company?
          return Finding.skipped("address.domain", "GitLab's host is not known") unless @host

          Finding.yes("address.domain", @domain)
        end

        private

        # A subdomain, and not one that GitLab stands below.
        def below_a_company?
          labels = @domain.split(".")
          country = labels.size > 2 && labels.last.size == 2 && SECOND_LEVEL.include?(labels[-2])
          labels.size > (country ? 3 : 2) && !host_below?
        end

        def host_below?
          @host.to_s.end_with?(".#{@domain}")
        end

        # A domain that is GitLab's alone mostly says so.
        def company?
          host_below? || (!@domain.include?("git") && [@host, @sender].include?(@domain))
        end

        def warning
          Finding.warning("address.domain", "#{@domain} seems to be the company's own domain",
                          "Whoever can open issues by mail has an address in it, and can confirm it to services that " \
                          "let everybody in who has one. Use a subdomain such as incoming.#{@domain}, or a domain " \
                          "for GitLab alone")
        end
      end
    end
  end
end
