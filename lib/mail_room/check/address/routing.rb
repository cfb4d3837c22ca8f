# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    class Address
      # What the mail server has to do so that mail to an address with a key comes to the mailbox. Nobody can ask a
      # server for that: a message that is sent there tells, see {RoundTrip}.
      class Routing
        # How a message is sent there.
        TRY = "Try it with --send-via"

        # How sub-addressing is switched on in Exchange Online.
        POWERSHELL = "Set-OrganizationConfig -AllowPlusAddressInRecipients $true"

        # @param address [Address]
        def initialize(address)
          @address = address
        end

        # @return [Array<Finding>]
        def findings
          @address.placeholder? ? [finding] : []
        end

        private

        def finding
          return catch_all unless @address.delimiter == "+"
          return Finding.yes("address.routing", "sub-addressing") unless microsoft

          Finding.warning("address.routing", "sub-addressing", "#{microsoft}. #{TRY}")
        end

        def microsoft
          if @address.exchange_online?
            "Exchange Online must be told to deliver addresses with a +: #{POWERSHELL}"
          elsif @address.mailbox.host.to_s.match?(/exchange/i)
            "Microsoft Exchange Server knows no sub-addressing: with it a catch-all mailbox is needed, or a " \
              "dedicated address without #{PLACEHOLDER}"
          end
        end

        def catch_all
          delimiter = @address.delimiter
          sub_addressing = ", or a server that takes #{delimiter} for sub-addressing instead of +" if delimiter
          Finding.warning("address.routing", "catch-all",
                          "Needs a catch-all mailbox for #{@address.domain}#{sub_addressing}. #{TRY}")
        end
      end
    end
  end
end
