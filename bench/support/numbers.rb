# frozen_string_literal: true

module Bench
  # What is told of many measured values.
  module Numbers
    module_function

    # @param values [Array<Numeric>]
    # @param share [Float] 0.5 for the median
    def quantile(values, share)
      values.sort[[(values.size * share).floor, values.size - 1].min]
    end

    def median(values) = quantile(values, 0.5)

    # @return [Float, nil] how often the second is contained in the first; nil when one was not measured
    def ratio(one, other)
      (one.to_f / other).round(2) if one && other&.positive?
    end
  end
end
