# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Email
    # An address as it stands in a header.
    #
    # @!attribute [r] name
    #   @return [String, nil] decoded; the comment where there is no name
    # @!attribute [r] address
    #   @return [String] `local@domain`, perhaps malformed
    Address = Struct.new(:name, :address) do
      # @return [String] the address
      def to_s = address
    end
  end
end
