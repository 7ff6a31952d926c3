//! Makes tests of behaviours: one per behaviour and back end, named
//! `store::BACKEND::PRIMITIVE::BEHAVIOUR`.

/// Everything that every back end has to do.
macro_rules! conformance {
    ($name:ident, $backend:ty) => {
        mod $name {
            behaviours! { $backend, log:
                an_unknown_stream_is_empty,
                blocks_come_back_in_the_order_of_appending,
                a_block_may_be_empty,
                one_call_appends_to_many_streams,
                appending_nothing_is_fine,
                an_invalid_block_in_the_middle_appends_nothing,
                a_block_of_the_greatest_length_comes_back,
                a_limit_cuts_and_the_cursor_goes_on,
                a_limit_of_nothing_reads_nothing,
                reading_after_the_last_block_is_empty,
                a_cursor_at_the_end_of_all_numbers_reads_nothing,
                a_cursor_of_another_stream_only_cuts,
                what_comes_later_is_read_after_the_old_cursor,
                a_dropped_stream_is_empty,
                dropping_an_unknown_stream_is_fine,
                dropping_leaves_the_other_streams_alone,
                a_cursor_is_not_used_again_after_dropping,
                hostile_names_are_streams_of_their_own,
                streams_that_are_prefixes_of_one_another_stay_apart,
                streams_that_have_blocks_are_listed,
                concurrent_appends_all_arrive_once,
                a_reader_that_follows_the_writers_misses_nothing,
            }
            behaviours! { $backend, replace:
                a_run_becomes_one_block_in_the_place_of_its_last,
                a_run_may_be_the_whole_stream_and_be_replaced_again,
                one_block_may_be_replaced,
                a_reader_within_a_run_gets_the_replacement,
                a_reader_within_a_run_of_large_blocks_gets_the_replacement,
                a_run_that_is_not_there_is_left_alone,
                a_run_that_was_replaced_or_dropped_meanwhile_is_left_alone,
                of_two_who_replace_the_same_run_one_does,
                nothing_is_left_of_a_replacement_when_its_stream_is_dropped,
                replacing_leaves_the_other_streams_alone,
                a_replacement_of_the_greatest_length_comes_back,
                what_is_appended_while_blocks_are_replaced_is_all_there,
            }
            behaviours! { $backend, documents:
                an_unknown_key_has_no_document,
                a_new_document_has_version_1,
                each_put_raises_the_version,
                creating_what_exists_conflicts,
                putting_over_nothing_conflicts,
                an_old_version_conflicts,
                a_version_from_the_future_conflicts,
                a_deleted_document_is_gone,
                deleting_another_version_conflicts,
                deleting_nothing_conflicts,
                a_deleted_key_can_be_created_again,
                a_value_may_be_empty,
                a_value_of_the_greatest_length_comes_back,
                lists_are_in_byte_order,
                a_list_has_its_prefix_only,
                a_prefix_ends_where_its_neighbour_begins,
                a_prefix_may_end_with_the_last_character,
                a_list_goes_on_after_a_key,
                a_list_may_go_on_after_a_key_that_is_gone,
                a_key_before_the_prefix_cuts_nothing,
                a_key_behind_the_prefix_cuts_everything,
                paging_visits_every_key_once,
                a_limit_of_nothing_lists_nothing,
                hostile_names_are_keys_of_their_own,
                of_concurrent_creators_exactly_one_wins,
                concurrent_counters_lose_no_step,
            }
            behaviours! { $backend, queue:
                an_unknown_queue_is_empty,
                tasks_are_claimed_in_the_order_of_pushing,
                task_numbers_grow,
                a_claimed_task_is_not_claimed_again,
                a_limit_leaves_the_rest,
                a_limit_of_nothing_claims_nothing,
                an_acknowledged_task_never_comes_back,
                acknowledging_twice_is_void,
                acknowledging_an_unknown_task_is_void,
                a_claim_that_ran_out_waits_for_the_reclaim,
                a_claim_is_not_reclaimed_before_it_ran_out,
                a_reclaimed_task_comes_first_again,
                each_claim_raises_the_attempt,
                a_late_claim_is_void_after_the_reclaim,
                a_late_claim_is_void_after_the_next_claim,
                a_claim_that_ran_out_unnoticed_still_counts,
                reclaiming_counts_what_it_freed,
                what_waits_is_counted_and_what_is_held_is_not,
                a_claim_may_be_held_for_ever,
                queues_are_independent,
                a_claim_is_void_in_another_queue,
                queues_that_are_prefixes_of_one_another_stay_apart,
                hostile_names_are_queues_of_their_own,
                concurrent_claims_share_no_task,
            }
            behaviours! { $backend, leases:
                a_free_lease_is_taken,
                a_held_lease_is_refused_to_others,
                the_same_owner_gets_it_again_with_the_same_token,
                acquiring_again_prolongs,
                renewing_prolongs,
                a_lease_that_ran_out_goes_to_the_next,
                the_token_grows_with_the_holder,
                an_owner_that_let_it_run_out_gets_a_new_token,
                a_lost_lease_is_not_renewed,
                a_lease_that_ran_out_is_not_renewed,
                a_released_lease_is_free_at_once,
                the_token_grows_after_a_release,
                releasing_a_lost_lease_harms_nobody,
                releasing_twice_is_harmless,
                a_released_lease_is_not_renewed,
                a_forged_token_is_worth_nothing,
                a_lease_may_be_held_for_ever,
                leases_are_independent,
                hostile_names_are_leases_of_their_own,
                of_concurrent_owners_exactly_one_wins,
            }
            behaviours! { $backend, limits:
                the_longest_name_works_everywhere,
                a_longer_name_is_invalid_everywhere,
                a_longer_value_is_invalid_everywhere,
            }
            mod agreement {
                #[test]
                fn any_sequence_of_operations_gives_what_memory_gives() {
                    crate::store::agreement::any_sequence_of_operations_gives_what_memory_gives::<$backend>();
                }
            }
        }
    };
}

/// What every back end has to do that keeps its data when it is closed.
macro_rules! durability {
    ($name:ident, $backend:ty) => {
        mod $name {
            use crate::store::backend::Backend;

            durable! { $backend:
                streams_are_kept,
                cursors_go_on,
                a_cursor_is_not_used_again_after_reopening,
                replacements_are_kept,
                documents_are_kept,
                queues_are_kept,
                a_claim_is_kept_and_runs_out,
                leases_are_kept,
                tokens_go_on,
            }
        }
    };
}

macro_rules! behaviours {
    ($backend:ty, $primitive:ident: $($behaviour:ident),+ $(,)?) => {
        mod $primitive {
            use crate::store::backend::{Backend, Subject};

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    let backend = <$backend>::fresh();
                    let subject = Subject::open(&backend).await;
                    crate::store::$primitive::$behaviour(subject).await;
                }
            )+
        }
    };
}

macro_rules! durable {
    ($backend:ty: $($behaviour:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $behaviour() {
                crate::store::durable::$behaviour(<$backend>::fresh()).await;
            }
        )+
    };
}
