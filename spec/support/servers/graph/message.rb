# frozen_string_literal: true

require "time"

module Servers
  class Graph
    # A message in a mailbox. What changes it goes through the mailbox, which tells delta of it.
    # https://learn.microsoft.com/en-us/graph/api/resources/message
    class Message
      # The properties that may be selected.
      PROPERTIES = %w[
        id createdDateTime lastModifiedDateTime changeKey categories receivedDateTime sentDateTime hasAttachments
        internetMessageId internetMessageHeaders subject bodyPreview importance parentFolderId conversationId
        conversationIndex isDeliveryReceiptRequested isReadReceiptRequested isRead isDraft webLink body sender from
        toRecipients ccRecipients bccRecipients replyTo uniqueBody flag inferenceClassification
      ].freeze
      # Those that are shown here.
      SHOWN = %w[receivedDateTime sentDateTime subject internetMessageId parentFolderId isRead flag].freeze
      # Of the properties by which a list may be filtered or sorted, what is compared.
      COMPARED = { "receivedDateTime" => :time, "isRead" => :boolean, "subject" => :string,
                   "internetMessageId" => :string, "flag/flagStatus" => :string,
                   "singleValueExtendedProperties" => :collection }.freeze
      # PidTagMessageSize, [MS-OXPROPS] 2.790: an estimate of bytes.
      SIZE = "Integer 0xe08"
      # Of extended properties.
      TYPES = %w[String Integer Boolean SystemTime Binary].freeze
      GUID = /\A\{\h{8}(?:-\h{4}){3}-\h{12}\}\z/
      FLAGS = %w[notFlagged complete flagged].freeze

      # Graph gives the ids of extended properties back in a form of its own: hexadecimal digits in lower case and
      # without leading zeros, "String 0x7d" for "String 0x007D".
      # https://learn.microsoft.com/en-us/graph/api/resources/extended-properties-overview
      # @return [String, nil] nil when it is none
      def self.property_id(text)
        type, id, rest = text.split(" ", 3)
        return unless TYPES.include?(type)
        return "#{type} 0x#{id.hex.to_s(16)}" if rest.nil? && id&.match?(/\A0x\h+\z/)

        "#{type} #{id.downcase} #{rest}" if id&.match?(GUID) && rest&.match?(/\A(?:Name|Id) ./)
      end

      attr_reader :id, :raw, :received, :flag
      # @return [String] by which messages are sorted
      attr_reader :place
      attr_accessor :folder
      # Whether `$value` fails for ever: 500 ErrorMimeContentConversionFailed.
      attr_accessor :unreadable

      # @param id [String]
      # @param raw [String]
      # @param received [Time]
      # @param sequence [Integer] breaks ties between messages of the same second
      def initialize(mailbox, id, raw, received:, sequence:, read: false)
        @mailbox = mailbox
        @id = id
        @raw = raw.b.freeze
        @received = received.getutc.strftime("%FT%TZ")
        @place = format("%s %09d", @received, sequence).freeze
        @read = read
        @flag = "notFlagged"
        @properties = {}
      end

      def read?
        @read
      end

      def subject
        @subject ||= @raw[/^Subject: ([^\r\n]*)/i, 1].to_s.force_encoding(Encoding::UTF_8).scrub
      end

      # @return [String, nil] the value of an extended property
      def property(id)
        known_property(self.class.property_id(id))
      end

      # Within {Mailbox#change}.
      # @param properties [Hash{String => String}] extended ones by id
      def update(read:, flag:, properties:)
        @read = read
        @flag = flag
        @properties.update(properties.transform_keys { |id| self.class.property_id(id) })
      end

      # @return [Array<Hash>] all that are set, for filters
      def properties
        @properties.map { |id, value| { "id" => id, "value" => value } }
      end

      # As the specs change it, from outside.
      def mark(read:)
        @mailbox.change(self) { @read = read }
      end

      # @param folder [String, Folder]
      def move(folder)
        @mailbox.move(self, folder)
      end

      # Gone, and nowhere to be found.
      def remove
        @mailbox.remove(self)
      end

      # @return [Object] of one of {COMPARED}
      def value(path)
        case path
        when "receivedDateTime" then @received
        when "isRead" then @read
        when "subject" then subject
        when "internetMessageId" then internet_id
        when "flag/flagStatus" then @flag
        when "singleValueExtendedProperties" then properties
        end
      end

      # @param select [Array<String>, nil] names of properties; the id always comes
      # @param expand [Array<String>] ids of extended properties, of {.property_id}'s form
      # @return [Hash] without the properties that specs have no use for
      def to_h(select: nil, expand: [])
        shown = { "@odata.etag" => etag, "id" => @id }
        (select || SHOWN).each { |name| shown[name] = field(name) if SHOWN.include?(name) }
        found = expand.filter_map { |id| known_property(id)&.then { |value| { "id" => id, "value" => value } } }
        shown["singleValueExtendedProperties"] = found if found.any?
        shown
      end

      private

      def known_property(id)
        id == SIZE ? @raw.bytesize.to_s : @properties[id]
      end

      def field(name)
        case name
        when "sentDateTime" then @received
        when "parentFolderId" then @folder.id
        when "flag" then { "flagStatus" => @flag }
        else value(name)
        end
      end

      # Changes with the message (RFC 9110, section 8.8.3).
      def etag
        %(W/"#{[@id, @read, @flag, @properties].hash.abs.to_s(36)}")
      end

      def internet_id
        @internet_id ||= @raw[/^Message-ID:\s*(<[^>\r\n]*>)/i, 1].to_s
      end
    end
  end
end
