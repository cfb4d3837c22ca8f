# frozen_string_literal: true

require "uri"
require_relative "filter"
require_relative "message"

module Servers
  class Graph
    # The options of a query for messages or folders, and what they leave of a list.
    # https://learn.microsoft.com/en-us/graph/query-parameters
    class Query
      MOST = 1000
      USUAL = 10
      # Of `$expand`. The list of ids is read by the same pattern.
      EXPAND = /\AsingleValueExtendedProperties\(\$filter=(id eq '[^']+'(?: or id eq '[^']+')*)\)\z/

      # @return [Array<String>, nil]
      attr_reader :select
      # @return [Array<String>] ids of extended properties
      attr_reader :expand

      # @param options [Hash{String => String}] of the request
      # @param allowed [Array<String>] their names
      # @param type [Class] Message or Folder
      # @raise [Problem]
      def initialize(options, allowed, type)
        unknown = options.keys - allowed
        raise Problem.uri("The query option '#{unknown.first}' is not allowed here") unless unknown.empty?

        @type = type
        @select = options["$select"]&.then { |text| selected(text) }
        @expand = options["$expand"]&.then { |text| expanded(text) } || []
        @filter = options["$filter"]&.then { |text| Filter.new(text, type::COMPARED) }
        @order = options["$orderby"]&.then { |text| ordered(text) }
        @top = number(options, "$top", 1..MOST, nil)
        @skip = number(options, "$skip", 0.., 0)
      end

      # @param items [Array<Message>, Array<Folder>]
      # @param limit [Integer, nil] of the server
      # @return [Array(Array<Hash>, Integer)] a page, and how many to skip for the next one; nil when there is none
      def page(items, limit: nil)
        items = items.select { |item| @filter.for?(item) } if @filter
        items = sort(items)
        size = [@top || USUAL, limit].compact.min
        page = items.slice(@skip, size) || []
        [page.map { |item| show(item) }, (@skip + size if items.size > @skip + size)]
      end

      # @return [Hash]
      def show(item)
        item.to_h(select: @select, expand: @expand)
      end

      private

      def selected(text)
        text.split(",").map(&:strip).each do |name|
          next if @type::PROPERTIES.include?(name)

          raise Problem.uri("Parsing OData Select and Expand failed: Could not find a property named '#{name}' on " \
                            "type 'Microsoft.OutlookServices.#{@type.name[/\w+\z/]}'.")
        end
      end

      def expanded(text)
        ids = text[EXPAND, 1]&.scan(/'([^']+)'/)&.flatten
        raise Problem.uri("Parsing OData Select and Expand failed: '#{text}'") unless ids

        ids.map do |id|
          Message.property_id(id) || raise(Problem.new(400, "ErrorInvalidProperty", "PropertyId #{id} is invalid."))
        end
      end

      # "Properties that appear in $orderby must also appear in $filter", in the same order, and before all others.
      # https://learn.microsoft.com/en-us/graph/api/user-list-messages#using-filter-and-orderby-in-the-same-query
      def ordered(text)
        order = text.split(",").map { |part| part.strip.split(/\s+/, 2) }
        raise Problem.uri("Invalid $orderby '#{text}'") unless order.all? { |part| order?(*part) }
        return order if @filter.nil? || @filter.properties.uniq.first(order.size) == order.map(&:first)

        raise Problem.new(400, "InefficientFilter", "The restriction or sort order is too complex for this operation.")
      end

      def order?(name, direction = "asc")
        @type::COMPARED.key?(name) && @type::COMPARED[name] != :collection && %w[asc desc].include?(direction)
      end

      def number(options, name, range, default)
        return default unless options.key?(name)

        Integer(options[name], 10, exception: false).then do |number|
          return number if number && range.cover?(number)
        end
        raise Problem.uri("Invalid value '#{options[name]}' for #{name} query option found.")
      end

      # Newest first, where nothing else is asked for, as Exchange does.
      def sort(items)
        return items if @type != Message
        return items.sort_by(&:place).reverse unless @order

        name, direction = @order.first
        sorted = items.sort_by { |item| name == "receivedDateTime" ? item.place : item.value(name).to_s + item.place }
        direction == "desc" ? sorted.reverse : sorted
      end
    end
  end
end
