# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    class Address
      # Whether the mailbox that is read may be that of the address. A login name may be anything, such as a user
      # principal name of another domain, and an address may be an alias: so there are only warnings, and only where
      # the two say the same thing differently.
      class Login
        # Takes no mail for the names of aliases, says GitLab's documentation.
        GMAIL = /\A(?:imap\.)?(?:gmail|googlemail)\.com\z/i

        # @param address [Address]
        def initialize(address)
          @address = address
          @user, @domain = address.mailbox.email.to_s.downcase.split("@", 2).map(&:to_s)
        end

        # @return [Array<Finding>] none where nothing can be told
        def findings
          return [] if catch_all? || other_domain? || @address.user.empty?

          expected = plain(@address.user)
          return [] if plain(@user) == expected

          [Finding.warning("address.login", "#{@address.mailbox.email} is read for #{@address.text}", advice)]
        end

        private

        # Its account may have any name.
        def catch_all?
          @address.placeholder? && @address.delimiter != "+"
        end

        def other_domain?
          !@domain.nil? && @domain != @address.domain
        end

        # Gmail does not look at dots; a login may have a key of its own.
        def plain(user)
          user = user.to_s.downcase.split("+").first.to_s
          gmail? ? user.delete(".") : user
        end

        def gmail?
          @address.mailbox.host.to_s.match?(GMAIL)
        end

        def advice
          name = "#{@address.user}@#{@address.domain}"
          return "Gmail's account must be #{name} itself, which cannot be an alias" if gmail?

          "Mail to #{name} has to come to the mailbox of #{@address.mailbox.email}, as it does where the one is an " \
            "alias of the other. #{Routing::TRY}"
        end
      end
    end
  end
end
