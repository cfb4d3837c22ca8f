# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    # What mailboxes of one configuration do to each other.
    class Neighbours
      # @param addresses [Hash{Mailbox => Address, nil}] all of the configuration, in its order
      def initialize(addresses)
        @addresses = addresses
      end

      # @param mailbox [Mailbox]
      # @return [Array<Finding>]
      def findings(mailbox)
        [address(mailbox), quarantine(mailbox)].compact
      end

      private

      def others(mailbox)
        @addresses.keys.reject { |other| other.equal?(mailbox) }
      end

      # GitLab asks for the incoming address first, so the other never gets anything.
      def address(mailbox)
        text = @addresses[mailbox]&.text&.downcase
        other = others(mailbox).find { |one| text && @addresses[one]&.text&.downcase == text }
        return unless other

        Finding.no("address.unique", "#{text} is also the address of #{other.label}",
                   "Each mailbox needs an address of its own: GitLab cannot tell whose mail it is")
      end

      def quarantine(mailbox)
        name = mailbox.quarantine_mailbox
        other = others(mailbox).find do |one|
          name && one.quarantine_mailbox && one.identity(one.quarantine_mailbox) == mailbox.identity(name)
        end
        return unless other

        Finding.warning("settings.quarantine", "quarantine_mailbox #{name} is also that of #{other.label}",
                        "mail_room requeue cannot tell where its messages belong: name another one")
      end
    end
  end
end
