# frozen_string_literal: true

require "strscan"
require "time"
require_relative "problem"

module Servers
  class Graph
    # A `$filter`, as far as it makes sense for messages and folders.
    # https://learn.microsoft.com/en-us/graph/filter-query-parameter
    class Filter
      TOKENS = {
        string: /'(?:[^']|'')*'/, time: /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)/,
        number: /-?\d+/, word: %r{[A-Za-z_][\w/]*}, sign: /[():,]/
      }.freeze
      OPERATORS = { "eq" => :==, "ne" => :!=, "lt" => :<, "le" => :<=, "gt" => :>, "ge" => :>= }.freeze
      FUNCTIONS = { "contains" => :include?, "startswith" => :start_with?, "endswith" => :end_with? }.freeze

      # @return [Array<String>] the properties it names, in this order
      attr_reader :properties

      # @param types [Hash{String => Symbol}] what may be named
      # @raise [Problem]
      def initialize(text, types)
        @text = text
        @types = types
        @properties = []
        @tokens = tokens(StringScanner.new(text))
        @test = disjunction
        wrong("'#{@tokens.first.last}' was not expected") unless @tokens.empty?
      end

      # @param item [#value]
      def for?(item)
        @test.call(item)
      end

      private

      def tokens(scanner)
        found = []
        until scanner.skip(/\s*/) && scanner.eos?
          type, = TOKENS.find { |_, pattern| scanner.scan(pattern) }
          wrong("character '#{scanner.peek(1)}' is not valid") unless type
          found << [type, scanner.matched]
        end
        found
      end

      def disjunction
        tests = [conjunction]
        tests << conjunction while take?("or")
        tests.size == 1 ? tests.first : ->(item) { tests.any? { |test| test.call(item) } }
      end

      def conjunction
        tests = [term]
        tests << term while take?("and")
        tests.size == 1 ? tests.first : ->(item) { tests.all? { |test| test.call(item) } }
      end

      def term
        if take?("not") then term.then { |test| ->(item) { !test.call(item) } }
        elsif take?("(") then disjunction.tap { skip(")") }
        else
          word = take(:word)
          function = FUNCTIONS[word]
          function ? call(function) : test(word)
        end
      end

      def test(word)
        return any(word.delete_suffix("/any")) if word.end_with?("/any")

        path, type = property(word)
        compare(path, type, OPERATORS[take(:word)] || wrong("an operator is missing after #{word}"))
      end

      def compare(path, type, operator)
        literal = literal(type, path)
        return ->(item) { item.value(path).public_send(operator, literal) } unless type == :string

        # Exchange compares without regard to case.
        ->(item) { (item.value(path).casecmp(literal) || 1).public_send(operator, 0) }
      end

      def call(function)
        skip("(")
        path, type = property(take(:word))
        skip(",")
        literal = literal(type, path)
        skip(")")
        ->(item) { item.value(path).to_s.public_send(function, literal) }
      end

      # `singleValueExtendedProperties/any(ep: ep/id eq '...' and ep/value eq '...')`
      # https://learn.microsoft.com/en-us/graph/api/singlevaluelegacyextendedproperty-get
      def any(collection)
        wrong("'#{collection}' is no collection") unless @types[collection] == :collection
        @properties << collection
        skip("(")
        @variable = take(:word)
        skip(":")
        test = disjunction
        skip(")")
        @variable = nil
        ->(item) { item.value(collection).any? { |part| test.call(Part.new(part)) } }
      end

      # An item of a collection.
      Part = Struct.new(:fields) do
        def value(path)
          fields[path]
        end
      end
      private_constant :Part

      def property(word)
        if @variable
          path = word.delete_prefix("#{@variable}/")
          return [path, path.to_sym] if word.start_with?("#{@variable}/") && %w[id value].include?(path)
        end
        wrong("Could not find a property named '#{word}'") unless @types.key?(word)
        @properties << word
        [word, @types[word]]
      end

      def literal(wanted, path)
        type, text = @tokens.shift
        case [wanted, type]
        in [:id, :string] then Message.property_id(unquote(text)) || wrong("#{text} is no extended property")
        in [:string | :value, :string] then unquote(text)
        in [:time, :time] then Time.parse(text).utc.strftime("%FT%TZ")
        in [:boolean, :word] if %w[true false].include?(text) then text == "true"
        else wrong("#{text} does not go with '#{path}'")
        end
      end

      def unquote(text)
        text[1..-2].gsub("''", "'")
      end

      def take(type)
        found, text = @tokens.shift
        found == type ? text : wrong("'#{text}' was not expected")
      end

      def take?(text)
        @tokens.shift if @tokens.first&.last == text && @tokens.first.first != :string
      end

      def skip(text)
        take?(text) || wrong("'#{text}' is missing")
      end

      def wrong(reason)
        raise Problem.new(400, "BadRequest", "Invalid filter clause: #{reason} in \"#{@text}\".")
      end
    end
  end
end
